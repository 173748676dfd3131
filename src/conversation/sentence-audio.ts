import type { Clock } from '../core/ports.ts';
import { inPieces } from '../live/utterance.ts';
import { chunksOf } from '../stream/pull.ts';
import type { CutSentence } from './sentence-cutter.ts';

/** Samples a second of what is sent, mono s16le. */
export const REPLY_RATE = 24_000;
/** A fifth of a second: what is held back, or dropped, is cut no coarser. */
const MAX_PIECE = REPLY_RATE * 2 * 0.2;

/** Of a sentence: 40 s of stereo, and it has 400 characters. What is longer is read as it is sent. */
const MAX_AHEAD_BYTES = 4 * 1024 * 1024;

/** The pause between two sentences, as within one speech. */
const PAUSE_MS: Readonly<Record<CutSentence['pause'], number>> = {
  clause: 120,
  sentence: 250,
  paragraph: 500,
};

export function silence(pause: CutSentence['pause'] | undefined): Uint8Array<ArrayBuffer> {
  return new Uint8Array(pause ? ((PAUSE_MS[pause] * REPLY_RATE) / 1000) * 2 : 0);
}

/**
 * The audio of one sentence, read as it is made and not as it is sent: one that waits for its turn would hold a slot of an origin, and
 * the rest of the sentence before it may be what waits for that slot. What was read before it broke off is handed out first.
 */
export class SentenceAudio {
  readonly #body: ReadableStreamDefaultReader<Uint8Array>;
  #failure: { readonly error: unknown } | undefined;

  constructor(body: ReadableStream<Uint8Array>) {
    const source = chunksOf(body);
    const read: UnderlyingDefaultSource<Uint8Array> = {
      pull: async (controller) => {
        try {
          const { done, value } = await source.read();
          if (done) controller.close();
          else controller.enqueue(value);
        } catch (error) {
          this.#failure = { error };
          controller.close(); // an error would drop what waits
        }
      },
      cancel: (reason) => source.cancel(reason),
    };
    const ahead = new ByteLengthQueuingStrategy({ highWaterMark: MAX_AHEAD_BYTES });
    this.#body = new ReadableStream(read, ahead).getReader();
  }

  /** In pieces worth sending, mono. @throws what it broke off with */
  async *pieces(channels: 1 | 2, clock: Clock): AsyncGenerator<Uint8Array<ArrayBuffer>, void, void> {
    for await (const audio of inPieces(this.#body, clock)) {
      const mono = channels === 1 ? audio : mixDown(audio);
      for (let at = 0; at < mono.length; at += MAX_PIECE) yield mono.slice(at, at + MAX_PIECE);
    }
    if (this.#failure) throw this.#failure.error;
  }

  /** Nothing more of it is wanted. Harmless at its end. */
  async cancel(): Promise<void> {
    await this.#body.cancel().catch(() => {});
  }
}

function mixDown(stereo: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const from = new DataView(stereo.buffer, stereo.byteOffset, stereo.byteLength);
  const mono = new Uint8Array(Math.floor(stereo.length / 4) * 2);
  const to = new DataView(mono.buffer);
  for (let at = 0; at < mono.length; at += 2) {
    to.setInt16(at, (from.getInt16(2 * at, true) + from.getInt16(2 * at + 2, true)) >> 1, true);
  }
  return mono;
}
