import type { Clock, Relay, StreamObserver, StreamOutcome } from '../core/ports.ts';
import { ClientGone } from './cancel.ts';
import { IdleTimer } from './deadline.ts';
import type { Chunk, ChunkReader } from './pull.ts';
import { chunksOf } from './pull.ts';

/** The reader took nothing for so long that its stream was ended. */
export class ReaderStalled extends Error {
  constructor(ms: number) {
    super(`Nothing was read for ${ms} ms.`);
    this.name = 'ReaderStalled';
  }
}

export interface PassThroughOptions {
  /** Goes out before the source's first chunk. */
  readonly first?: Uint8Array | undefined;
  /** Longest wait for the next chunk of the source in milliseconds, and the error that ends the stream then. */
  readonly source?: { readonly ms: number; readonly failure: () => Error } | undefined;
  /** Longest time in milliseconds in which the reader may ask for nothing. */
  readonly readerMs?: number | undefined;
  readonly observer?: StreamObserver | undefined;
  /** Bytes that may wait for a reader that is slower than the source; none by default. */
  readonly aheadBytes?: number | undefined;
  /** How the source is read, where not in its own way. */
  readonly read?: ((source: ReadableStream<Uint8Array>) => ChunkReader) | undefined;
  /** Called once. A reader that stalls counts as one that left. */
  readonly onEnd?: ((end: StreamOutcome) => void) | undefined;
}

/**
 * `source` handed on, counted and watched in one layer: each layer of JavaScript streams costs a tenth or so of the rate
 * at which a large body passes. Reads one chunk for each one asked for, and ahead only within `aheadBytes`; skips empty
 * chunks, which would end an HTTP/1.1 chunked body on some runtimes.
 *
 * What is read ahead waits here and not in the queue of the stream: Bun 1.4 empties such a queue into the socket at once,
 * however slow its client is, and keeps all of it a second time (docs/runtimes.md).
 */
export function passThrough(
  source: ReadableStream<Uint8Array>,
  options: PassThroughOptions,
  clock: Clock,
): ReadableStream<Uint8Array> {
  const passage = new Passage(options.read?.(source) ?? chunksOf(source), options, clock);
  return new ReadableStream<Uint8Array>(
    {
      start: (controller) => passage.start(controller),
      pull: () => passage.pull(),
      cancel: (reason) => passage.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}

/** Ten thousand streams have one each: an object with methods takes half of what as many closures do. */
class Passage {
  readonly #reader: ChunkReader;
  readonly #silence: PassThroughOptions['source'];
  readonly #readerMs: number | undefined;
  readonly #observer: StreamObserver | undefined;
  readonly #aheadBytes: number;
  readonly #onEnd: PassThroughOptions['onEnd'];
  readonly #idleTimer: IdleTimer;
  readonly #ahead: Uint8Array[] = [];
  #aheadLength = 0;
  /** Handed out. */
  #bytes = 0;
  #isAsked = false;
  #isOver = false;
  #waitsForSource = false;
  #sourceEnded = false;
  #own: ReadableStreamDefaultController<Uint8Array> | undefined;

  constructor(reader: ChunkReader, options: PassThroughOptions, clock: Clock) {
    const { first, source, readerMs, observer, aheadBytes = 0, onEnd } = options; // not held as a whole: `first` is let go of
    this.#reader = reader;
    this.#silence = source;
    this.#readerMs = readerMs;
    this.#observer = observer;
    this.#aheadBytes = aheadBytes;
    this.#onEnd = onEnd;
    this.#idleTimer = new IdleTimer(clock, () => this.#late());
    if (first) this.#hold(first);
  }

  start(controller: ReadableStreamDefaultController<Uint8Array>): void {
    this.#own = controller;
    const signal = this.#observer?.signal;
    if (signal?.aborted) this.#stop();
    if (this.#isOver) return;
    signal?.addEventListener('abort', this.#stop, { once: true });
    this.#idleTimer.expect(this.#readerMs); // a body that nobody ever reads must not hold its source either
    this.#readOn();
  }

  pull(): void {
    this.#isAsked = true;
    this.#answer();
    this.#readOn();
  }

  cancel(reason: unknown): Promise<void> {
    if (!this.#isOver) this.#finish('cancelled');
    return this.#reader.cancel(reason);
  }

  #late(): void {
    const isSilent = this.#waitsForSource && this.#silence;
    this.#fail(isSilent ? isSilent.failure() : new ReaderStalled(this.#readerMs ?? 0));
  }

  #finish(outcome: StreamOutcome['outcome'], error?: unknown): void {
    this.#isOver = true;
    this.#ahead.length = 0;
    this.#idleTimer.stop();
    this.#observer?.signal?.removeEventListener('abort', this.#stop);
    this.#onEnd?.({ outcome, bytes: this.#bytes, error });
  }

  readonly #fail = (error: unknown): void => {
    if (this.#isOver) return;
    const hasLeft = error instanceof ReaderStalled || error instanceof ClientGone;
    this.#finish(hasLeft ? 'cancelled' : 'error', error);
    this.#own?.error(error);
    this.#reader.cancel(error).catch(() => {});
  };

  // Deno 2.9 does not always end the body of a request that is aborted: its own link to the signal may be collected.
  readonly #stop = (): void => this.#fail(this.#observer?.signal?.reason);

  #hold(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#ahead.push(chunk);
    this.#aheadLength += chunk.length;
  }

  /** The last byte is not out before the reader has it: the end is told to whoever asks for more. */
  #answer(): void {
    const chunk = this.#ahead.shift();
    if (chunk) {
      this.#isAsked = false;
      this.#bytes += chunk.length;
      this.#aheadLength -= chunk.length;
      if (!this.#waitsForSource) this.#idleTimer.expect(this.#readerMs);
      this.#own?.enqueue(chunk);
    } else if (this.#sourceEnded) {
      this.#finish('finished');
      this.#own?.close();
    }
  }

  #readOn(): void {
    if (this.#isOver || this.#sourceEnded || this.#waitsForSource) return;
    if (!this.#isAsked && this.#aheadLength >= this.#aheadBytes) return;
    this.#waitsForSource = true;
    this.#idleTimer.expect(this.#silence?.ms);
    this.#observer?.asked();
    this.#reader.read().then(this.#take, this.#fail);
  }

  readonly #take = ({ done, value }: Chunk): void => {
    if (this.#isOver) return;
    this.#waitsForSource = false;
    if (done) {
      this.#sourceEnded = true;
      const flaw = this.#observer?.ended();
      if (flaw) this.#fail(flaw);
      if (this.#isOver) return;
    } else {
      if (value.length > 0) this.#observer?.came(value.length);
      this.#hold(value);
    }
    this.#idleTimer.expect(this.#readerMs);
    if (this.#isAsked) this.#answer();
    this.#readOn();
  };
}

/**
 * What a relay reads ahead of a slow listener: 12 s of 44.1 kHz mono. An origin is done with a sentence as soon as its bytes
 * were taken; it must not wait for somebody's loudspeaker.
 */
export const RELAY_AHEAD_BYTES: number = 1024 * 1024;

/** The relay of a runtime that has none of its own: one layer of JavaScript. */
export function createRelay(
  clock: Clock,
  how: Pick<PassThroughOptions, 'readerMs' | 'read'>,
  aheadBytes: number = RELAY_AHEAD_BYTES,
): Relay {
  return (first, rest, observer) => {
    const { promise: done, resolve: onEnd } = Promise.withResolvers<StreamOutcome>();
    return {
      body: passThrough(rest, { ...how, first, observer, onEnd, aheadBytes }, clock),
      done,
    };
  };
}
