import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './processes.ts';

const path: string = join(root, 'docs', 'performance.md');
const begin = '<!-- runtimes: made by npm run bench:runtimes -->';
const end = '<!-- end of runtimes -->';

/** Writes docs/performance.md anew, but for what `npm run bench:runtimes` wrote there. */
export function writePage(text: string): void {
  const { kept } = splitPage();
  writeFileSync(path, kept === '' ? text : `${text.trimEnd()}\n\n${kept}\n`);
}

/** Puts `section` between the marks, at the end of the page when there are none. */
export function writeRuntimes(section: string): void {
  const { before, after } = splitPage();
  const marked = `${begin}\n\n${section.trim()}\n\n${end}\n`;
  writeFileSync(path, `${before.trimEnd()}\n\n${marked}${after}`.trimStart());
}

/** `kept` goes from mark to mark. @throws when one of them is missing or they stand the wrong way round */
function splitPage(): { before: string; kept: string; after: string } {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  if (from < 0 && to < 0) return { before: text, kept: '', after: '' };
  if (from < 0 || to < from) throw new Error(`docs/performance.md has one mark of ${begin} … ${end} only`);
  const until = to + end.length;
  return { before: text.slice(0, from), kept: text.slice(from, until), after: text.slice(until).trimStart() };
}
