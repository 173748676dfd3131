import type { Turns } from '../stream/turns.ts';

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

const decoder = new TextDecoder('utf-8', { fatal: true });
/** Inside of a text, where a byte order mark is a character. */
const decoderInside = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decode(bytes: Uint8Array, isInside = false): string {
  return (isInside ? decoderInside : decoder).decode(bytes);
}

/** Nesting that a request can need, with room for fields of other servers' clients. */
const MAX_DEPTH = 32;
/** Bytes of a string that are looked at one by one before its end is searched for: a search costs as much as so many. */
const SHORT_STRING = 48;
/** Bytes that are looked at in one step: a millisecond at most. */
const STEP_BYTES = 256 * 1024;
/** Bytes from which a string counts as long. */
const LONG_STRING = 256;
const MAX_ESCAPE = 6;
const MAX_CHARACTER = 4;

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const LOWER_U = 0x75;
const OPEN_LIST = 0x5b;
const OPEN_MAP = 0x7b;
const CLOSE_LIST = 0x5d;
const CLOSE_MAP = 0x7d;

/** A long string that is a value: where it begins and ends, without its quotes, and places where it can be cut in between. */
export interface LongString {
  readonly start: number;
  readonly end: number;
  readonly cuts: readonly number[];
}

/**
 * One pass over the bytes of a JSON text, in steps. It does not tell whether they are JSON: that of any JSON text no more than
 * `maxMembers` values and 32 levels are made, and where its long strings are.
 */
export class JsonScan {
  readonly long: LongString[] = [];
  readonly #bytes: Uint8Array;
  readonly #maxMembers: number;
  #at = 0;
  #depth = 0;
  #members = 0;
  /** Where the string begins that is under way. */
  #start: number | undefined;
  #cuts: number[] = [];
  /** The last of `long` is what came last, so that a colon behind it says that it is a name. */
  #isLongLast = false;

  constructor(bytes: Uint8Array, maxMembers: number) {
    this.#bytes = bytes;
    this.#maxMembers = maxMembers;
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** @throws Error when the text is beyond the limits */
  step(): void {
    const bytes = this.#bytes;
    const until = Math.min(this.#at + STEP_BYTES, bytes.length);
    const searched = bytes.subarray(0, until); // else each step would search the rest of the text anew
    let at = this.#at;
    while (at < until) {
      if (this.#start !== undefined) {
        at = stringEnd(bytes, at, searched);
        if (at < until) this.#close(this.#start, at++);
        continue;
      }
      const byte = bytes[at++];
      if (byte === QUOTE) this.#start = at;
      else if (byte === COMMA) this.#count();
      else if (byte === OPEN_LIST || byte === OPEN_MAP) this.#open();
      else if (byte === CLOSE_LIST || byte === CLOSE_MAP) this.#depth--;
      else if (byte === COLON) this.#name();
    }
    if (this.#start !== undefined) {
      at = characterEnd(bytes, at);
      this.#cuts.push(at);
    }
    this.#at = at;
  }

  #open(): void {
    if (++this.#depth > MAX_DEPTH) throw new Error('JSON nested too deeply');
    this.#count();
  }

  #count(): void {
    this.#isLongLast = false;
    if (++this.#members > this.#maxMembers) throw new Error('too many JSON members');
  }

  #close(start: number, end: number): void {
    this.#isLongLast = end - start >= LONG_STRING;
    if (this.#isLongLast) this.long.push({ start, end, cuts: this.#cuts });
    if (this.#cuts.length > 0) this.#cuts = [];
    this.#start = undefined;
  }

  #name(): void {
    if (this.#isLongLast) this.long.pop();
    this.#isLongLast = false;
  }
}

/**
 * Where the quote stands that ends a string; at or beyond the end of `searched`, but in no escape, when none does.
 * @param searched the beginning of `bytes`
 */
function stringEnd(bytes: Uint8Array, start: number, searched: Uint8Array): number {
  const until = searched.length;
  let at = start;
  for (let plain = 0; at < until; ) {
    if (plain === SHORT_STRING) {
      const quote = searched.indexOf(QUOTE, at);
      if (quote < 0) return escapeEnd(bytes, until, at);
      if (!isEscaped(bytes, quote, at)) return quote;
      at = quote + 1;
      plain = 0;
      continue;
    }
    const byte = bytes[at];
    if (byte === QUOTE) return at;
    if (byte === BACKSLASH) {
      at += escapeLength(bytes, at);
      plain = 0;
    } else {
      at++;
      plain++;
    }
  }
  return at;
}

/** Of the escape that begins with the backslash at `at`. */
function escapeLength(bytes: Uint8Array, at: number): number {
  return bytes[at + 1] === LOWER_U ? MAX_ESCAPE : 2;
}

/** @param from where no escape is under way: what stands before it is not looked at again */
function isEscaped(bytes: Uint8Array, at: number, from: number): boolean {
  let first = at;
  while (first > from && bytes[first - 1] === BACKSLASH) first--;
  return (at - first) % 2 === 1;
}

/** `at`, or the end of the escape that it is in the middle of. */
function escapeEnd(bytes: Uint8Array, at: number, from: number): number {
  for (let first = at - 1; first >= Math.max(from, at - MAX_ESCAPE + 1); first--) {
    if (bytes[first] !== BACKSLASH || isEscaped(bytes, first, from)) continue;
    return Math.max(at, first + escapeLength(bytes, first));
  }
  return at;
}

/** `at`, or the end of the character in UTF-8 that it is in the middle of. */
function characterEnd(bytes: Uint8Array, at: number): number {
  let end = at;
  while (end < at + MAX_CHARACTER - 1 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end++;
  return end;
}
