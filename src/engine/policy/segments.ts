import type { Channels } from '../../audio/pcm.ts';
import { createTrimmer, pauseBytes } from '../../audio/silence.ts';
import { SpeechFailure } from '../../speech/errors.ts';
import type { SpeechRequest } from '../../speech/request.ts';
import { type Segment, segment } from '../../speech/segment.ts';
import { repeatSpeakers } from '../../speech/segment-speakers.ts';
import { ClientGone } from '../../stream/cancel.ts';
import { pullStream } from '../../stream/pull.ts';
import type { Engine, PcmStream, Policy } from '../engine.ts';
import { filtered } from './filtered.ts';
import { childOf, openOrDiscard, withOpen } from './opening.ts';

export interface SegmentsOptions {
  /** BCP 47; decides abbreviations and conjunctions. English when unknown. */
  readonly language?: string | undefined;
  /** The most words of the first segment where the text allows it. */
  readonly firstMaxWords?: number | undefined;
  /** False leaves a request in one piece, untrimmed. */
  readonly enabled?: ((request: SpeechRequest) => boolean) | undefined;
}

/**
 * Speaks a text segment by segment, so that its first audio does not wait for all of it. Segments are opened in order
 * with one of look-ahead, which starts when the one before it hands out its first audio: a reader that stops, or leaves,
 * wastes at most one. Between segments silence is trimmed to what the punctuation asks for.
 *
 * A later segment that fails, or comes with another rate or number of channels, errors the body.
 */
export function segments(options: SegmentsOptions = {}): Policy {
  return (inner) =>
    withOpen(inner, async (request, signal) => {
      if (options.enabled?.(request) === false) return inner.open(request, signal);
      const cut = segment(request.text, options);
      const pieces: Segment[] = cut.length > 0 ? cut : [{ text: request.text, pause: 'none' }];
      const line = new SegmentLine(inner, request, pieces, signal);
      const { rate, channels, engine } = await line.open();
      const body = pullStream(
        () => line.speak(rate, channels),
        () => line.release(),
      );
      return { rate, channels, engine, body };
    });
}

interface Opening {
  readonly stream: Promise<PcmStream>;
  /** The segment is over: its signal need not follow the request's any more. */
  readonly letGo: () => void;
}

/** The segments of one request: what is being spoken, and what was opened ahead of it. */
class SegmentLine {
  readonly #inner: Engine;
  readonly #request: SpeechRequest;
  readonly #pieces: readonly Segment[];
  readonly #texts: readonly string[];
  readonly #whole: ReturnType<typeof childOf>;
  /** Index of the piece that is opened next, or was opened ahead. */
  #next = 0;
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  #ahead: Opening | undefined;

  constructor(inner: Engine, request: SpeechRequest, pieces: readonly Segment[], signal: AbortSignal) {
    this.#inner = inner;
    this.#request = request;
    this.#pieces = pieces;
    this.#texts = repeatSpeakers(pieces);
    this.#whole = childOf(signal);
  }

  /** The commit point: the first segment that says something has audio. */
  async open(): Promise<PcmStream> {
    for (;;) {
      this.#ahead = this.#open(this.#next, false);
      try {
        return await this.#ahead.stream;
      } catch (error) {
        this.#next += 1;
        if (isUnspeakable(error) && this.#next < this.#pieces.length) continue;
        this.#whole.letGo();
        throw error;
      }
    }
  }

  /** The PCM of all segments, all of them in the form of the first. */
  async *speak(rate: number, channels: Channels): AsyncGenerator<Uint8Array, void, void> {
    for (let piece = this.#pieces[this.#next]; piece; piece = this.#pieces[this.#next]) {
      this.#next += 1;
      const letGo = this.#ahead?.letGo;
      const reader = await this.#take(rate, channels);
      if (reader) {
        for await (const pcm of filtered(reader, createTrimmer(rate, channels))) {
          this.#lookAhead();
          yield pcm;
        }
      }
      letGo?.();
      this.#lookAhead(); // also when it made no sound
      if (reader) yield pauseBytes(piece.pause, rate, channels, this.#request.speed);
    }
  }

  /** Stops whatever is still open; after the last byte nothing is. */
  async release(): Promise<void> {
    this.#whole.letGo();
    this.#whole.controller.abort(new ClientGone());
    this.#ahead?.stream.then(({ body }) => body.cancel()).catch(() => {});
    await this.#reader?.cancel().catch(() => {});
  }

  #lookAhead(): void {
    if (this.#ahead || this.#next === this.#texts.length || this.#signal.aborted) return;
    this.#ahead = this.#open(this.#next, true);
  }

  #open(index: number, continues: boolean): Opening {
    const own = childOf(this.#signal);
    const request = { ...this.#request, text: this.#texts[index] ?? '', continues };
    const stream = openOrDiscard(this.#inner, request, own.controller.signal);
    stream.catch(() => {}); // told when its turn comes
    return { stream, letGo: own.letGo };
  }

  /**
   * The body of what was opened ahead, or undefined when there is nothing to say in it. It becomes the one that `release`
   * stops without a moment between.
   */
  async #take(
    rate: number,
    channels: Channels,
  ): Promise<ReadableStreamDefaultReader<Uint8Array> | undefined> {
    let stream: PcmStream | undefined;
    try {
      stream = await this.#ahead?.stream;
    } catch (error) {
      if (!isUnspeakable(error)) throw error;
      this.#ahead = undefined;
      return undefined;
    }
    this.#ahead = undefined;
    // Aborted while the engine went on undisturbed: that must not look like a clean end.
    if (!stream || this.#signal.aborted) {
      await stream?.body.cancel().catch(() => {});
      throw new ClientGone(this.#signal.reason);
    }
    const reader = stream.body.getReader();
    this.#reader = reader;
    if (stream.rate === rate && stream.channels === channels) return reader;
    const cause = new Error(`A later segment came with ${stream.rate} Hz and ${stream.channels} channels.`);
    throw new SpeechFailure({ code: 'engine_failed' }, cause);
  }

  get #signal(): AbortSignal {
    return this.#whole.controller.signal;
  }
}

/** The engine knows no sound for any of it, for example a word in a script that the voice cannot read. */
function isUnspeakable(error: unknown): boolean {
  return (
    error instanceof SpeechFailure && error.error.code === 'invalid_value' && error.error.param === 'text'
  );
}
