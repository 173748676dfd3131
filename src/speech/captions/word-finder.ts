/** Where one of the words stands in a text. */
export interface FoundWord<Entry> {
  readonly start: number;
  readonly end: number;
  readonly entry: Entry;
}

/** Letters and digits of any script in a row, or one sign. */
const steps = /[\p{L}\p{N}]+|[^\p{L}\p{N}\s]/gu;
const letter = /^[\p{L}\p{N}]/u;
const endsInLetter = /[\p{L}\p{N}]$/u;

interface Word<Entry> {
  readonly word: string;
  readonly lower: string;
  readonly isExact: boolean;
  readonly entry: Entry;
}

/**
 * Finds words and phrases in texts: the longest at each place, of equals the first given, where no letter or digit stands
 * beside it. Takes time by the length of the text, however many words there are: they are kept by how they begin.
 */
export class WordFinder<
  Entry extends { readonly word: string; readonly caseSensitive?: boolean | undefined },
> {
  readonly #byBeginning = new Map<string, Word<Entry>[]>();

  constructor(entries: readonly Entry[]) {
    const words = entries.map((entry) => {
      return {
        word: entry.word,
        lower: entry.word.toLowerCase(),
        isExact: entry.caseSensitive === true,
        entry,
      };
    });
    for (const word of words.sort((a, b) => b.word.length - a.word.length)) {
      const [beginning = ''] = word.word.match(steps) ?? [];
      const same = this.#byBeginning.get(beginning.toLowerCase());
      if (same) same.push(word);
      else this.#byBeginning.set(beginning.toLowerCase(), [word]);
    }
  }

  *find(text: string): Generator<FoundWord<Entry>, void, void> {
    let end = 0;
    for (const { 0: step, index } of text.matchAll(steps)) {
      if (index < end) continue;
      const found = this.#byBeginning.get(step.toLowerCase())?.find((word) => stands(word, text, index));
      if (!found) continue;
      end = index + found.word.length;
      yield { start: index, end, entry: found.entry };
    }
  }
}

function stands({ word, lower, isExact }: Word<unknown>, text: string, at: number): boolean {
  const end = at + word.length;
  const written = text.slice(at, end);
  if (isExact ? written !== word : written.toLowerCase() !== lower) return false;
  return !letter.test(text.slice(end, end + 2)) && !endsInLetter.test(text.slice(Math.max(0, at - 2), at));
}
