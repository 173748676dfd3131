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
 */
export function passThrough(
  source: ReadableStream<Uint8Array>,
  options: PassThroughOptions,
  clock: Clock,
): ReadableStream<Uint8Array> {
  const { readerMs, observer, source: silence, onEnd, aheadBytes = 0 } = options; // not held as a whole: `first` is let go of
  const reader: ChunkReader = options.read?.(source) ?? chunksOf(source);
  let { first } = options;
  let bytes = 0;
  let over = false;
  let waitsForSource = false;
  let sourceEnded = false;
  let own: ReadableStreamDefaultController<Uint8Array>;

  const idleTimer = new IdleTimer(clock, () => {
    fail(waitsForSource && silence ? silence.failure() : new ReaderStalled(readerMs ?? 0));
  });
  const finish = (outcome: StreamOutcome['outcome'], error?: unknown): void => {
    over = true;
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
  const give = (chunk: Uint8Array): void => {
    bytes += chunk.length;
    waitsForSource = false;
    idleTimer.expect(readerMs);
    own.enqueue(chunk);
  };
  /** The last byte is not out before the reader has it. */
  const closeWhenTaken = (): void => {
    idleTimer.expect(readerMs);
    if ((own.desiredSize ?? 0) < aheadBytes) return; // it is asked again after the next read
    finish('finished');
    own.close();
  };
  const take = ({ done, value }: Chunk): Promise<void> | undefined => {
    if (over) return undefined;
    if (done) {
      waitsForSource = false;
      sourceEnded = true;
      const flaw = observer?.ended();
      if (flaw) fail(flaw);
      else closeWhenTaken();
      return undefined;
    }
    if (!value || value.length === 0) return reader.read().then(take, fail);
    observer?.came(value.length);
    give(value);
    return undefined;
  };

  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        own = controller;
        if (observer?.signal?.aborted) return stop();
        observer?.signal?.addEventListener('abort', stop, { once: true });
        idleTimer.expect(readerMs); // a body that nobody ever reads must not hold its source either
      },
      pull() {
        if (first) {
          const head = first;
          first = undefined;
          if (head.length > 0) return give(head);
        }
        if (sourceEnded) return closeWhenTaken();
        waitsForSource = true;
        idleTimer.expect(silence?.ms);
        observer?.asked();
        return reader.read().then(take, fail);
      },
      cancel(reason) {
        if (!over) finish('cancelled');
        return reader.cancel(reason);
      },
    },
    strategyFor(aheadBytes),
  );
}

/** Counting bytes costs a call for each chunk: only where there is something to count. */
function strategyFor(aheadBytes: number): QueuingStrategy<Uint8Array> {
  if (aheadBytes === 0) return { highWaterMark: 0 };
  const size: QueuingStrategySize<Uint8Array> = (chunk) => chunk?.byteLength ?? 0;
  return { highWaterMark: aheadBytes, size };
}

/**
 * What a relay reads ahead of a slow listener: 12 s of 44.1 kHz mono. An origin is done with a sentence as soon as its bytes
 * were taken; it must not wait for somebody's loudspeaker.
 */
export const RELAY_AHEAD_BYTES: number = 1024 * 1024;

/** The relay of a runtime that has none of its own: one layer of JavaScript. */
export function createRelay(clock: Clock, how: Pick<PassThroughOptions, 'readerMs' | 'read'>): Relay {
  return (first, rest, observer) => {
    const { promise: done, resolve: onEnd } = Promise.withResolvers<StreamOutcome>();
    return {
      body: passThrough(rest, { ...how, first, observer, onEnd, aheadBytes: RELAY_AHEAD_BYTES }, clock),
      done,
    };
  };
}
