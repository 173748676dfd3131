import { ClientGone } from './cancel.ts';

/**
 * A byte stream that makes each chunk only when it is asked for one. Nothing is read ahead.
 *
 * `generate` gets a signal that aborts when the reader cancels, so that a pending wait can end; `release` runs exactly
 * once however the stream ends (finish, error or cancel), also when no chunk was ever asked for.
 */
export function pullStream(
  generate: (signal: AbortSignal) => AsyncGenerator<Uint8Array, void, void>,
  release: () => void | Promise<void> = () => {},
): ReadableStream<Uint8Array> {
  let left: AbortController | undefined; // made late: many a stream is opened and moved in another way
  let gone = false;
  let chunks: AsyncGenerator<Uint8Array, void, void> | undefined;
  let released = false;
  const end = async (): Promise<void> => {
    if (released) return;
    released = true;
    await release();
  };
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        if (!chunks) {
          left = new AbortController();
          chunks = generate(left.signal);
        }
        try {
          const next = await nextFilled(chunks);
          if (gone) return;
          if (next) {
            controller.enqueue(next);
          } else {
            await end();
            controller.close();
          }
        } catch (error) {
          await end();
          if (!gone) controller.error(error);
        }
      },
      async cancel(reason) {
        gone = true;
        left?.abort(new ClientGone(reason));
        try {
          await end(); // before return(): a generator that waits for its source only goes on once the source is let go
        } finally {
          await chunks?.return();
        }
      },
    },
    { highWaterMark: 0 },
  );
}

/** Skips empty chunks: an empty chunk ends an HTTP/1.1 chunked body on some runtimes. */
async function nextFilled(chunks: AsyncGenerator<Uint8Array, void, void>): Promise<Uint8Array | undefined> {
  for (;;) {
    const { done, value } = await chunks.next();
    if (done) return undefined;
    if (value.length > 0) return value;
  }
}
