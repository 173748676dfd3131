import type { Clock } from '../ports.ts';

/** The reader took nothing for so long that its stream was ended. */
export class ReaderStalled extends Error {
  constructor(ms: number) {
    super(`Nothing was read for ${ms} ms.`);
    this.name = 'ReaderStalled';
  }
}

export interface IdleLimits {
  /** Longest wait for the next chunk of the source in milliseconds, and the error that ends the stream then. */
  readonly source?: { readonly ms: number; readonly failure: () => Error } | undefined;
  /** Longest time in milliseconds in which the reader may ask for nothing. */
  readonly readerMs?: number | undefined;
}

/**
 * `body` with its silences bounded: a source that is silent or a reader that is absent for too long errors the stream
 * and cancels `body`. Reads one chunk for each one asked for, never ahead.
 */
export function guardIdle(
  body: ReadableStream<Uint8Array>,
  limits: IdleLimits,
  clock: Clock,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  let disarm = (): void => {};
  let over = false;

  const arm = (ms: number | undefined, ring: () => void): void => {
    disarm();
    disarm = ms === undefined ? () => {} : clock.alarm(ms, ring);
  };
  const finish = (): void => {
    over = true;
    disarm();
  };
  const fail = (controller: ReadableStreamDefaultController<Uint8Array>, error: Error): void => {
    if (over) return;
    finish();
    controller.error(error);
    reader.cancel(error).catch(() => {});
  };
  const awaitReader = (controller: ReadableStreamDefaultController<Uint8Array>): void =>
    arm(limits.readerMs, () => fail(controller, new ReaderStalled(limits.readerMs ?? 0)));

  return new ReadableStream<Uint8Array>(
    {
      start: awaitReader, // a body that nobody ever reads must not hold its source either
      async pull(controller) {
        arm(limits.source?.ms, () => fail(controller, limits.source?.failure() ?? new Error('silent')));
        try {
          let next = await reader.read();
          while (!next.done && next.value.length === 0) next = await reader.read();
          if (over) return;
          if (next.done) {
            finish();
            controller.close();
          } else {
            awaitReader(controller);
            controller.enqueue(next.value);
          }
        } catch (error) {
          if (over) return;
          finish();
          controller.error(error);
        }
      },
      cancel(reason) {
        finish();
        return reader.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}
