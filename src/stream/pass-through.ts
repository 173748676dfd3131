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
  const { readerMs, observer, source: silence, onEnd, aheadBytes = 0 } = options; // not held as a whole: `first` is let go of
  const reader: ChunkReader = options.read?.(source) ?? chunksOf(source);
  const ahead: Uint8Array[] = options.first?.length ? [options.first] : [];
  let aheadLength = ahead[0]?.length ?? 0;
  let bytes = 0;
  let isAsked = false;
  let over = false;
  let waitsForSource = false;
  let sourceEnded = false;
  let own: ReadableStreamDefaultController<Uint8Array>;

  const idleTimer = new IdleTimer(clock, () => {
    fail(waitsForSource && silence ? silence.failure() : new ReaderStalled(readerMs ?? 0));
  });
  const finish = (outcome: StreamOutcome['outcome'], error?: unknown): void => {
    over = true;
    ahead.length = 0;
    idleTimer.stop();
    observer?.signal?.removeEventListener('abort', stop);
    onEnd?.({ outcome, bytes, error });
  };
  const fail = (error: unknown): void => {
    if (over) return;
    const hasLeft = error instanceof ReaderStalled || error instanceof ClientGone;
    finish(hasLeft ? 'cancelled' : 'error', error);
    own.error(error);
    reader.cancel(error).catch(() => {});
  };
  // Deno 2.9 does not always end the body of a request that is aborted: its own link to the signal may be collected.
  const stop = (): void => fail(observer?.signal?.reason);
  /** The last byte is not out before the reader has it: the end is told to whoever asks for more. */
  const answer = (): void => {
    const chunk = ahead.shift();
    if (chunk) {
      isAsked = false;
      bytes += chunk.length;
      aheadLength -= chunk.length;
      if (!waitsForSource) idleTimer.expect(readerMs);
      own.enqueue(chunk);
    } else if (sourceEnded) {
      finish('finished');
      own.close();
    }
  };
  const readOn = (): void => {
    if (over || sourceEnded || waitsForSource || !(isAsked || aheadLength < aheadBytes)) return;
    waitsForSource = true;
    idleTimer.expect(silence?.ms);
    observer?.asked();
    reader.read().then(take, fail);
  };
  const take = ({ done, value }: Chunk): void => {
    if (over) return;
    waitsForSource = false;
    if (done) {
      sourceEnded = true;
      const flaw = observer?.ended();
      if (flaw) return fail(flaw);
    } else if (value.length > 0) {
      observer?.came(value.length);
      ahead.push(value);
      aheadLength += value.length;
    }
    idleTimer.expect(readerMs);
    if (isAsked) answer();
    readOn();
  };

  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        own = controller;
        if (observer?.signal?.aborted) return stop();
        observer?.signal?.addEventListener('abort', stop, { once: true });
        idleTimer.expect(readerMs); // a body that nobody ever reads must not hold its source either
        readOn();
      },
      pull() {
        isAsked = true;
        answer();
        readOn();
      },
      cancel(reason) {
        if (!over) finish('cancelled');
        return reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}

/**
 * What a relay reads ahead of a slow listener: 12 s of 44.1 kHz mono. An origin is done with a sentence as soon as its bytes
 * were taken; it must not wait for somebody's loudspeaker.
 */
export const RELAY_AHEAD_BYTES: number = 1024 * 1024;

/** The relay of a runtime that has none of its own: one layer of JavaScript. */
export function createRelay(clock: Clock, how: Pick<PassThroughOptions, 'readerMs' | 'read'>, aheadBytes: number = RELAY_AHEAD_BYTES): Relay {
  return (first, rest, observer) => {
    const { promise: done, resolve: onEnd } = Promise.withResolvers<StreamOutcome>();
    return {
      body: passThrough(rest, { ...how, first, observer, onEnd, aheadBytes }, clock),
      done,
    };
  };
}
