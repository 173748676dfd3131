import type { PcmFilter } from '../../audio/pcm.ts';

/**
 * What `filter` makes of the bytes of `reader`, chunk by chunk, each read only when asked for. Both stay the caller's: to
 * cancel the one and close the other.
 */
export async function* filtered(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  filter: PcmFilter,
): AsyncGenerator<Uint8Array, void, void> {
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    const out = filter.push(value);
    if (out.length > 0) yield out;
  }
  const rest = filter.end();
  if (rest.length > 0) yield rest;
}
