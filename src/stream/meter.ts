import type { StreamOutcome } from '../core/ports.ts';
import { chunksOf, pullStream } from './pull.ts';

type Outcome = StreamOutcome['outcome'];

/** Hands `body` on unchanged and calls `finish` once, when it finished, failed or was cancelled. */
export function meter(
  body: ReadableStream<Uint8Array>,
  finish: (outcome: Outcome) => void,
): ReadableStream<Uint8Array> {
  const reader = chunksOf(body);
  let outcome: Outcome = 'cancelled';
  return pullStream(
    async function* () {
      try {
        for (;;) {
          const { done, value } = await reader.read();
          if (done) break;
          yield value;
        }
        outcome = 'finished';
      } catch (error) {
        outcome = 'error';
        throw error;
      }
    },
    async () => {
      finish(outcome);
      await reader.cancel().catch(() => {}); // harmless on a body that has ended
    },
  );
}
