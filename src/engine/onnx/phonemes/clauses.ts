import type { SoundedWord, Sounds } from './phonemizer.ts';

/** A stretch of text without a clause mark, and the mark that ends it. */
export interface Clause {
  readonly text: string;
  /** One of `. , ; : ! ?`, or nothing at the end of the text. */
  readonly mark: string;
}

/** Piper knows six marks only, so the others become the nearest of them: those of other scripts too. */
const NEAREST_MARK: Readonly<Record<string, string>> = {
  '،': ',',
  '؛': ';',
  '؟': '?',
  '।': '.',
  '॥': '.',
  '。': '.',
  '，': ',',
  '、': ',',
  '；': ';',
  '：': ':',
  '！': '!',
  '？': '?',
  '…': '.',
  '—': ',',
  '–': ',',
  '(': ',',
  ')': ',',
  '\n': ' ',
};
const CLAUSE_MARKS = '.,;:!?…—–()،؛؟।॥。，、；：！？';
const STRENGTH = ',;:.!?';

/**
 * Cuts text at clause marks. A mark counts only at the end of a word ("3.5" is one word). Of several marks in a row
 * the strongest stays; quotes are dropped; a mark without words before it is dropped.
 */
export function splitClauses(text: string): Clause[] {
  const clauses: Clause[] = [];
  let from = 0;
  const push = (to: number, mark: string): void => {
    const words = text
      .slice(from, to)
      .replace(/["“”«»]/g, ' ')
      .trim();
    const last = clauses.at(-1);
    if (words !== '') clauses.push({ text: words, mark });
    else if (last !== undefined && STRENGTH.indexOf(mark) > STRENGTH.indexOf(last.mark)) {
      clauses[clauses.length - 1] = { text: last.text, mark };
    }
  };
  for (let i = 0; i < text.length; i++) {
    const character = text[i]!;
    if (!CLAUSE_MARKS.includes(character)) continue;
    if ('.,:'.includes(character) && /[\p{L}\p{N}]/u.test(text[i + 1] ?? '')) continue;
    push(i, NEAREST_MARK[character] ?? character);
    from = i + 1;
  }
  push(text.length, '');
  return clauses;
}

interface SaidClause {
  readonly words: readonly {
    /** Undefined where it is not known which word this is. */
    readonly word?: string | undefined;
    readonly ipa: string;
    /** Nothing stands between it and the next one. */
    readonly joined?: boolean;
  }[];
  /** Stands behind the last word. */
  readonly mark: string;
}

/** Clauses in one string: a space between words, none before a mark; words and clauses without a sound are left out. */
export function writeClauses(clauses: readonly SaidClause[]): Sounds {
  const words: SoundedWord[] = [];
  let ipa = '';
  for (const clause of clauses) {
    let gap = ipa === '' ? '' : ' ';
    let isHeard = false;
    for (const said of clause.words) {
      const sounds = said.ipa.replace(/ {2,}/g, ' ').trim();
      if (sounds !== '') {
        ipa += gap;
        const from = ipa.length;
        ipa += sounds;
        if (said.word !== undefined) words.push({ word: said.word, from, to: ipa.length });
        isHeard = true;
        gap = '';
      }
      if (!said.joined && isHeard) gap = ' ';
    }
    if (isHeard) ipa += clause.mark;
  }
  return { ipa, words };
}
