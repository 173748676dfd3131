import type { PcmFilter } from '../../audio/pcm.ts';
import type { ChunkReader } from '../../stream/sized-reader.ts';
import { inTurns, type Turns } from '../../stream/turns.ts';

/**
 * What `filter` makes of the bytes of `reader`, chunk by chunk, each read only when asked for. Both stay the caller's: to
 * cancel the one and close the other.
 * @param turns in which it works, so that a long chunk holds up nobody
 */
export async function* filtered(
  reader: ChunkReader,
  filter: PcmFilter,
  turns?: Turns,
): AsyncGenerator<Uint8Array, void, void> {
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    for await (const out of inTurns(turns, value, (slice) => filter.push(slice))) {
      if (out.length > 0) yield out;
    }
  }
  const rest = filter.end();
  if (rest.length > 0) yield rest;
}
