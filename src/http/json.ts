import type { Turns } from '../stream/turns.ts';
import { JsonScan, type LongString } from './json-scan.ts';

/** Members and items of a whole document; an honest request has a few dozen. */
const USUAL_MEMBERS = 16_384;
/** A text that is parsed at once: a millisecond. */
const SMALL_TEXT = 64 * 1024;
/** Of a larger one, so many bytes for each member that it may have are parsed at once, its long strings aside. */
const BYTES_A_MEMBER = 64;
/** Milliseconds that a step takes at least, where the clock stands still meanwhile. */
const STEP_MS = 1;

/**
 * The value of a JSON text in UTF-8 (RFC 8259). It is measured first: a parser makes objects of whatever it is given, and a
 * few million brackets hold a process for seconds and a gigabyte. Then its long strings are decoded apart, in turns with
 * others, because a parser takes a fifth of a second for one of 30 MB.
 *
 * @param maxMembers members and items of the whole document
 * @throws Error for anything that is not one well-formed value within the limits
 */
export async function parseJson(
  bytes: Uint8Array,
  turns: Turns,
  maxMembers: number = USUAL_MEMBERS,
): Promise<unknown> {
  const scan = new JsonScan(bytes, maxMembers);
  if (bytes.length <= SMALL_TEXT) {
    while (!scan.done) scan.step();
    return JSON.parse(decode(bytes));
  }
  while (!scan.done) await turns.run(() => scan.step(), STEP_MS);
  const strings = new Map<string, string>();
  const rest: string[] = [];
  const mark = crypto.randomUUID(); // no client can know it
  let at = 0;
  let restBytes = bytes.length;
  for (const { start, end } of scan.long) restBytes -= end - start;
  if (restBytes > Math.max(SMALL_TEXT, maxMembers * BYTES_A_MEMBER))
    throw new Error('too much JSON beside its strings');
  for (const [index, long] of scan.long.entries()) {
    const name = `${mark}-${index}`;
    strings.set(name, await readLong(bytes, long, turns));
    rest.push(decode(bytes.subarray(at, long.start)), name);
    at = long.end;
  }
  rest.push(decode(bytes.subarray(at)));
  return turns.run(() =>
    JSON.parse(rest.join(''), (_, value: unknown) =>
      typeof value === 'string' ? (strings.get(value) ?? value) : value,
    ),
  );
}

async function readLong(bytes: Uint8Array, { start, end, cuts }: LongString, turns: Turns): Promise<string> {
  const parts: string[] = [];
  let from = start;
  for (const to of [...cuts, end]) {
    const slice = bytes.subarray(from, to);
    parts.push(await turns.run(() => JSON.parse(`"${decode(slice, true)}"`) as string, STEP_MS));
    from = to;
  }
  return parts.join('');
}

/** @param isInside of a text, where a byte order mark is a character */
function decode(bytes: Uint8Array, isInside = false): string {
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: isInside }).decode(bytes);
}
