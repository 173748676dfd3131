import { wavWithSizes } from '../audio/wav-sizes.ts';
import { joinBytes } from '../core/bytes.ts';
import { pullStream } from '../stream/pull.ts';

/**
 * Hands `body` on and gives all of it to `keep` once it came to its end, a WAV with its true sizes. What grows beyond
 * `limitBytes`, breaks off or is left by its reader is not kept.
 */
export function keepWhole(
  body: ReadableStream<Uint8Array>,
  limitBytes: number,
  keep: (bytes: Uint8Array) => void,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  let chunks: Uint8Array[] | undefined = [];
  let length = 0;
  return pullStream(
    async function* () {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        length += value.length;
        if (length > limitBytes) chunks = undefined;
        chunks?.push(value);
        yield value;
      }
      if (chunks) keep(wavWithSizes(joinBytes(chunks)));
    },
    () => reader.cancel().catch(() => {}),
  );
}
