import { pullStream } from './pull.ts';

/**
 * Waits for the first chunk of `body` and returns a stream that begins with it; undefined when the body is empty.
 * Rejects with the body's own error when there never is a first chunk. Cancelling the result cancels `body`.
 */
export async function prime(
  body: ReadableStream<Uint8Array>,
): Promise<{ first: Uint8Array; body: ReadableStream<Uint8Array> } | undefined> {
  const reader = body.getReader();
  let first: Uint8Array;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return undefined;
    if (value.length === 0) continue;
    first = value;
    break;
  }
  let finished = false;
  return {
    first,
    body: pullStream(
      async function* () {
        yield first;
        for (;;) {
          const { done, value } = await reader.read();
          if (done) break;
          yield value;
        }
        finished = true;
      },
      async () => {
        if (!finished) await reader.cancel().catch(() => {});
      },
    ),
  };
}
