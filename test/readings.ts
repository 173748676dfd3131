import { readFileSync } from 'node:fs';

/** A line of test/data/readings.txt. */
export interface Reading {
  readonly group: string;
  readonly written: string;
  /** Any of them is right. */
  readonly right: readonly string[];
  /** Why it is not read rightly yet. */
  readonly reason?: string;
}

export const readings: readonly Reading[] = parse(
  readFileSync(new URL('data/readings.txt', import.meta.url), 'utf8'),
);

function parse(text: string): Reading[] {
  const found: Reading[] = [];
  let group = '';
  for (const line of text.split('\n')) {
    if (line.startsWith('# ')) group = line.slice(2);
    const [, notYet, written, right] = /^(! )?(\S.*?) => (.*)$/.exec(line) ?? [];
    if (written === undefined || right === undefined || line.startsWith('//')) continue;
    const [readings = '', reason = ''] = right.split(' // ');
    found.push({
      group,
      written,
      right: readings.split(' | ').map((reading) => reading.trim()),
      ...(notYet === undefined ? {} : { reason: reason.trim() }),
    });
  }
  return found;
}

/** The words alone: no marks, no capitals but those of single letters. */
export const wordsOf = (text: string): string =>
  (text.match(/[\p{L}\p{M}\p{N}'’]+/gu) ?? [])
    .map((word) => word.replaceAll('’', "'"))
    .map((word) => (/^\p{Lu}(?:'s)?$/u.test(word) ? word : word.toLowerCase()))
    .filter((word) => /\p{L}|\p{N}/u.test(word))
    .join(' ');
