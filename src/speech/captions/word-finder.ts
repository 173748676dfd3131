/** Where one of the words stands in a text. */
export interface FoundWord<Entry> {
  readonly start: number;
  readonly end: number;
  readonly entry: Entry;
}

const LETTER = 1;
const SPACE = 2;
const SIGN = 3;
type Kind = typeof LETTER | typeof SPACE | typeof SIGN;

/** What each code point of the basic plane is, as far as one was met: asking a regular expression costs a hundred times as much. */
const kinds = new Uint8Array(0x10000);

function kindOf(codePoint: number): Kind {
  const known = kinds[codePoint];
  if (known) return known as Kind;
  const char = String.fromCodePoint(codePoint);
  const kind = /[\p{L}\p{N}]/u.test(char) ? LETTER : /\s/u.test(char) ? SPACE : SIGN;
  if (codePoint < kinds.length) kinds[codePoint] = kind;
  return kind;
}

/** Letters and digits of any script in a row, or one sign: where it ends. Undefined at a space. */
function stepEnd(text: string, start: number): number | undefined {
  const first = text.codePointAt(start) ?? 0;
  let end = start + sizeOf(first);
  const kind = kindOf(first);
  if (kind !== LETTER) return kind === SPACE ? undefined : end;
  while (end < text.length) {
    const next = text.codePointAt(end) ?? 0;
    if (kindOf(next) !== LETTER) break;
    end += sizeOf(next);
  }
  return end;
}

const sizeOf = (codePoint: number): 1 | 2 => (codePoint > 0xffff ? 2 : 1);

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
  /** The first code units of all beginnings: most of a text needs no more than a look at them. */
  readonly #firstUnits = new Set<number>();

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
      const beginning = beginningOf(word.word).toLowerCase();
      const same = this.#byBeginning.get(beginning);
      if (same) same.push(word);
      else this.#byBeginning.set(beginning, [word]);
      this.#firstUnits.add(beginning.charCodeAt(0));
    }
  }

  *find(text: string): Generator<FoundWord<Entry>, void, void> {
    for (let at = 0; at < text.length; ) {
      const start = at;
      const end = stepEnd(text, start);
      at = end ?? start + 1;
      if (end === undefined || !this.#mayBegin(text.charCodeAt(start))) continue;
      const step = text.slice(start, end).toLowerCase();
      const found = this.#byBeginning.get(step)?.find((word) => stands(word, text, start));
      if (!found) continue;
      // the step that the word ends in is over with it
      for (const wordEnd = start + found.word.length; at < wordEnd; ) at = stepEnd(text, at) ?? at + 1;
      yield { start, end: start + found.word.length, entry: found.entry };
    }
  }

  /** Only letters of ASCII are sure to stay what they are in lower case. */
  #mayBegin(unit: number): boolean {
    if (unit >= 0x80) return true;
    return this.#firstUnits.has(unit >= 0x41 && unit <= 0x5a ? unit + 0x20 : unit);
  }
}

/** The first step of a word. */
function beginningOf(word: string): string {
  for (let at = 0; at < word.length; at++) {
    const end = stepEnd(word, at);
    if (end !== undefined) return word.slice(at, end);
  }
  return '';
}

function stands({ word, lower, isExact }: Word<unknown>, text: string, at: number): boolean {
  const end = at + word.length;
  const isThere = isExact ? text.startsWith(word, at) : text.slice(at, end).toLowerCase() === lower;
  if (!isThere || (end < text.length && kindOf(text.codePointAt(end) ?? 0) === LETTER)) return false;
  if (at === 0) return true;
  const isPair = at > 1 && (text.charCodeAt(at - 1) & 0xfc00) === 0xdc00;
  return kindOf(text.codePointAt(isPair ? at - 2 : at - 1) ?? 0) !== LETTER;
}
