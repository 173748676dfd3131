import { readFileSync } from 'node:fs';

/** Which of two pronunciations is right. What was wrong of ours was mended, so it does not stand here. */
export interface Judged {
  readonly ours: string;
  readonly theirs: string;
  readonly verdict: 'ours' | 'both';
}

/** test/data/judged-phonemes.txt: a word, ours, espeak-ng's, and the verdict on each line. */
export function readJudged(): ReadonlyMap<string, Judged> {
  const lines = readFileSync(new URL('../../data/judged-phonemes.txt', import.meta.url), 'utf8').split('\n');
  return new Map(
    lines.flatMap((line): [string, Judged][] => {
      const [word = '', ours = '', theirs = '', verdict = ''] = line.split(' ');
      if (word === '' || word === '//') return [];
      if (verdict !== 'ours' && verdict !== 'both') throw new Error(`No verdict: ${line}`);
      return [[word, { ours, theirs, verdict }]];
    }),
  );
}
