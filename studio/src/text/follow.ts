/** A word as the server tells of it. Times are seconds. */
export interface TimedWord {
  readonly word: string;
  readonly start: number;
  readonly end: number;
}

/** A word of the text and when it is heard, in seconds. `from` and `to` are code units. */
export interface HeardWord {
  readonly from: number;
  readonly to: number;
  readonly start: number;
  readonly end: number;
}

/** How far ahead a word is looked for: the server may have said a sign as a word, which is nowhere in the text. */
const REACH = 200;

/** Finds the words that the server tells of, one after the other, in the text they were made of. */
export class Follower {
  private at: number;
  private readonly text: string;
  private readonly seconds: number;

  /** @param from where the words begin @param seconds when they begin */
  constructor(text: string, from = 0, seconds = 0) {
    this.text = text;
    this.at = from;
    this.seconds = seconds;
  }

  find({ word, start, end }: TimedWord): HeardWord | undefined {
    const found = this.text.slice(this.at, this.at + word.length + REACH).indexOf(word);
    if (found < 0) return undefined;
    const from = this.at + found;
    this.at = from + word.length;
    return { from, to: this.at, start: this.seconds + start, end: this.seconds + end };
  }
}

/** The index of the word that is heard at `seconds`, or was last; -1 before the first. */
export function wordAt(words: readonly HeardWord[], seconds: number): number {
  let [low, high] = [0, words.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((words[middle]?.start ?? 0) <= seconds) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
