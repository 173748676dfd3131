/** Nesting that a request can need, with room for fields of other servers' clients. */
const MAX_DEPTH = 32;
/** Members and items of a whole document; an honest request has a few dozen. */
const USUAL_MEMBERS = 16_384;

/** Bytes of a string that are looked at one by one before its end is searched for: a search costs as much as so many. */
const SHORT_STRING = 48;
const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPEN_LIST = 0x5b;
const OPEN_MAP = 0x7b;
const CLOSE_LIST = 0x5d;
const CLOSE_MAP = 0x7d;

/**
 * The value of a JSON text in UTF-8 (RFC 8259). It is measured first: a parser makes objects of whatever it is given, and a
 * few million brackets hold a process for seconds and a gigabyte.
 *
 * @param maxMembers members and items of the whole document
 * @throws Error for anything that is not one well-formed value within the limits
 */
export function parseJson(bytes: Uint8Array, maxMembers: number = USUAL_MEMBERS): unknown {
  measureJson(bytes, maxMembers);
  return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
}

/**
 * One pass over the bytes that allocates nothing. It does not tell whether they are JSON: that of any JSON text no more
 * than `maxMembers` values and 32 levels are made.
 * @throws Error
 */
export function measureJson(bytes: Uint8Array, maxMembers: number): void {
  let depth = 0;
  let members = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) {
      at = stringEnd(bytes, at + 1);
    } else if (byte === COMMA) {
      if (++members > maxMembers) throw new Error('too many JSON members');
    } else if (byte === OPEN_LIST || byte === OPEN_MAP) {
      if (++depth > MAX_DEPTH) throw new Error('JSON nested too deeply');
      if (++members > maxMembers) throw new Error('too many JSON members');
    } else if (byte === CLOSE_LIST || byte === CLOSE_MAP) {
      depth--;
    }
  }
}

/** Where the quote stands that ends a string; at or beyond the end of the bytes when none does. */
function stringEnd(bytes: Uint8Array, start: number): number {
  let at = start;
  for (let plain = 0; ; ) {
    if (plain === SHORT_STRING) {
      const quote = bytes.indexOf(QUOTE, at);
      if (quote < 0) return bytes.length;
      if (!isEscaped(bytes, quote, at)) return quote;
      at = quote + 1;
      plain = 0;
      continue;
    }
    const byte = bytes[at];
    if (byte === QUOTE || byte === undefined) return at;
    if (byte === BACKSLASH) {
      at += 2;
      plain = 0;
    } else {
      at++;
      plain++;
    }
  }
}

/** @param from where no escape is under way: what stands before it is not looked at again */
function isEscaped(bytes: Uint8Array, quote: number, from: number): boolean {
  let first = quote;
  while (first > from && bytes[first - 1] === BACKSLASH) first--;
  return (quote - first) % 2 === 1;
}
