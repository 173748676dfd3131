import type { SoundedWord, Sounds } from './phonemizer.ts';

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
