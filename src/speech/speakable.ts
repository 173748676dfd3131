import type { Turns } from '../stream/turns.ts';

/** UTF-16 units in which a text has to begin to say something. */
const LOOKED_AT = 100_000;

/** Whether `text` says anything: at least one letter or digit of any script, after no more than 100,000 of other characters. */
export function isSpeakable(text: string): boolean {
  return /[\p{L}\p{N}]/u.test(text.length > LOOKED_AT ? text.slice(0, LOOKED_AT) : text);
}

/** Whether `text` shows nothing: white space, control and format characters alone. */
export function isBlank(text: string): boolean {
  return !/[^\p{C}\p{Z}\s]/u.test(text);
}

/** UTF-16 units that are counted at once: about a millisecond. */
const SLICE = 500_000;

/** Code points of text[from..to), without a list of them: a book has millions. A surrogate pair is one. */
export function countCodePoints(text: string, from = 0, to: number = text.length): number {
  let pairs = 0;
  for (let at = from; at < to; at++) {
    // a low surrogate that ends a pair
    if ((text.charCodeAt(at) & 0xfc00) === 0xdc00 && (text.charCodeAt(at - 1) & 0xfc00) === 0xd800)
      pairs += 1;
  }
  return to - from - pairs;
}

/** The same of a text of any length, in turns with others. */
export async function measureText(text: string, turns: Turns): Promise<number> {
  let count = 0;
  for (let at = 0; at < text.length; at += SLICE) {
    count += await turns.run(() => countCodePoints(text, at, Math.min(text.length, at + SLICE)));
  }
  return count;
}
