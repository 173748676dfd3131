import { pullStream } from './pull.ts';

export type Outcome = 'finished' | 'cancelled' | 'error';

/** Hands `body` on unchanged and calls `finish` once, when it finished, failed or was cancelled, with the bytes so far. */
export function meter(
  body: ReadableStream<Uint8Array>,
  finish: (outcome: Outcome, bytes: number) => void,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  let outcome: Outcome = 'cancelled';
  let bytes = 0;
  return pullStream(
    async function* () {
      try {
        for (;;) {
          const { done, value } = await reader.read();
          if (done) break;
          bytes += value.length;
          yield value;
        }
        outcome = 'finished';
      } catch (error) {
        outcome = 'error';
        throw error;
      }
    },
    async () => {
      finish(outcome, bytes);
      if (outcome === 'cancelled') await reader.cancel().catch(() => {});
    },
  );
}
