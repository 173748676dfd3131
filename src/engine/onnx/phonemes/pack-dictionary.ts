import { ALSO, FIRST_PHONE, PHONES } from './dictionary.ts';

const code = (character: string): number => character.charCodeAt(0);
const NEWLINE = code('\n');
const QUOTE = code('"');
const SPACE = code(' ');
const CLOSING_BRACKET = code(')');
const COMMENT = code('#');
const ESCAPE = code('\\');

/** The characters of a phone as one number, so that no string is made of them. */
const keyOf = (phone: string): number => [...phone].reduce((key, each) => key * 256 + code(each), 0);
const bytesOf: ReadonlyMap<number, number> = new Map(
  PHONES.map((phone, i) => [keyOf(phone), FIRST_PHONE + i]),
);

/**
 * Packs a dictionary out of lines such as `"word": "W ER1 D",`, as an object is written in JavaScript or JSON; other lines are
 * passed over. Further pronunciations, of "word(2)" and so on, stand right behind the first. What follows a `#` is a comment.
 * Works on bytes alone: the strings of 135,000 lines would leave a process larger than the packed form makes it smaller.
 *
 * @throws RangeError when a word is not written in ASCII or a phone is unknown
 */
export function packDictionary(source: Uint8Array): Uint8Array<ArrayBuffer> {
  const packed = new Uint8Array(source.length);
  const starts: number[] = [];
  let end = 0;
  for (let at = 0; at < source.length; ) {
    const next = endOf(source, at, NEWLINE);
    const word = endOf(source, at, QUOTE) + 1;
    const wordEnd = endOf(source, word, QUOTE);
    const phones = endOf(source, wordEnd + 1, QUOTE) + 1;
    if (phones < next) {
      if (source[wordEnd - 1] === CLOSING_BRACKET) packed[end++] = ALSO;
      else {
        starts.push(end);
        end = copyWord(source.subarray(word, wordEnd), packed, end);
      }
      end = packPhones(source.subarray(phones, endOf(source, phones, QUOTE)), packed, end);
    }
    at = next + 1;
  }
  return inOrder(packed, starts, end);
}

/** Where `byte` comes next, or the end of all. */
function endOf(source: Uint8Array, from: number, byte: number): number {
  const at = source.indexOf(byte, from);
  return at < 0 ? source.length : at;
}

function copyWord(word: Uint8Array, packed: Uint8Array, to: number): number {
  if (word.length === 0 || word.some((byte) => byte <= SPACE || byte >= FIRST_PHONE || byte === ESCAPE))
    throw new RangeError(`No word of a dictionary: "${new TextDecoder().decode(word)}"`);
  packed.set(word, to);
  return to + word.length;
}

function packPhones(phones: Uint8Array, packed: Uint8Array, to: number): number {
  let end = to;
  let key = 0;
  for (let at = 0; at <= phones.length; at++) {
    const byte = phones[at];
    if (byte !== undefined && byte !== SPACE && byte !== COMMENT) {
      key = key * 256 + byte;
      continue;
    }
    if (byte === COMMENT) break;
    const phone = bytesOf.get(key);
    if (phone === undefined)
      throw new RangeError(`No phones of a dictionary: "${new TextDecoder().decode(phones)}"`);
    packed[end++] = phone;
    key = 0;
  }
  return end;
}

/** Entries as they are searched: by the bytes of their words. Published dictionaries are in order but for a few words. */
function inOrder(packed: Uint8Array, starts: readonly number[], end: number): Uint8Array<ArrayBuffer> {
  const order = Uint32Array.from(starts, (_, i) => i);
  order.sort((a, b) => compareWords(packed, starts[a]!, starts[b]!));
  const sorted = new Uint8Array(end);
  let at = 0;
  for (const i of order) {
    const entry = packed.subarray(starts[i], starts[i + 1] ?? end);
    sorted.set(entry, at);
    at += entry.length;
  }
  return sorted;
}

/** A word that another begins with comes first. */
function compareWords(packed: Uint8Array, a: number, b: number): number {
  for (let i = 0; ; i++) {
    const [left, right] = [packed[a + i]!, packed[b + i]!];
    if (left >= FIRST_PHONE || right >= FIRST_PHONE)
      return Number(right >= FIRST_PHONE) - Number(left >= FIRST_PHONE);
    if (left !== right) return left - right;
  }
}
