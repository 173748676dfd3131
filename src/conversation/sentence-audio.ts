import type { Clock } from '../core/ports.ts';
import { inPieces } from '../live/utterance.ts';
import type { CutSentence } from './sentence-cutter.ts';

/** Samples a second of what is sent, mono s16le. */
export const REPLY_RATE = 24_000;
/** A fifth of a second: what is held back, or dropped, is cut no coarser. */
const MAX_PIECE = REPLY_RATE * 2 * 0.2;

/** The pause between two sentences, as within one speech. */
const PAUSE_MS: Readonly<Record<CutSentence['pause'], number>> = {
  clause: 120,
  sentence: 250,
  paragraph: 500,
};

export function silence(pause: CutSentence['pause'] | undefined): Uint8Array<ArrayBuffer> {
  return new Uint8Array(pause ? ((PAUSE_MS[pause] * REPLY_RATE) / 1000) * 2 : 0);
}

/** The audio of a body in pieces worth sending, mono. */
export async function* monoPieces(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  channels: 1 | 2,
  clock: Clock,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, void> {
  for await (const audio of inPieces(reader, clock)) {
    const mono = channels === 1 ? audio : mixDown(audio);
    for (let at = 0; at < mono.length; at += MAX_PIECE) yield mono.slice(at, at + MAX_PIECE);
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
