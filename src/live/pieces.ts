import { joinBytes } from '../core/bytes.ts';
import type { Clock } from '../core/ports.ts';
import { settlesWithin } from '../stream/settles-within.ts';

/** Pipecat drops audio messages that are shorter: only the last may be. */
const MIN_BYTES = 1025;
const GOOD_BYTES = 4096;
const HELD_MS = 20;

/** The chunks of a body, small ones put together; none that is worth sending is held back for longer than 20 ms. */
export async function* inPieces(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  clock: Clock,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, void> {
  let held: Uint8Array[] = [];
  let bytes = 0;
  for (;;) {
    const next = reader.read();
    if (bytes >= GOOD_BYTES || (bytes >= MIN_BYTES && !(await settlesWithin(next, HELD_MS, clock)))) {
      yield joinBytes(held);
      held = [];
      bytes = 0;
    }
    const { done, value } = await next;
    if (done) break;
    held.push(value);
    bytes += value.length;
  }
  if (bytes > 0) yield joinBytes(held);
}
