import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './processes.ts';

const path: string = join(root, 'docs', 'performance.md');
/** What another bench than `npm run bench` wrote, from mark to mark. */
const sections = /<!-- (\w+): made by npm run bench:\1 -->[\s\S]*?<!-- end of \1 -->/g;

function read(): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

/** Writes docs/performance.md anew, but for the sections of other benches. */
export function writePage(text: string): void {
  const kept = read().match(sections) ?? [];
  writeFileSync(path, kept.length === 0 ? text : `${[text.trimEnd(), ...kept].join('\n\n')}\n`);
}

/**
 * Puts the section of `npm run bench:<name>` in the place of its last one, at the end of the page when there is none.
 *
 * @throws when one of its marks is missing or they stand the wrong way round
 */
export function writeSection(name: string, section: string): void {
  const begin = `<!-- ${name}: made by npm run bench:${name} -->`;
  const end = `<!-- end of ${name} -->`;
  const marked = `${begin}\n\n${section.trim()}\n\n${end}`;
  const text = read();
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 && to < 0) {
    writeFileSync(path, `${text.trimEnd()}\n\n${marked}\n`.trimStart());
    return;
  }
  if (from < 0 || to < from) throw new Error(`docs/performance.md has one mark of ${begin} … ${end} only`);
  writeFileSync(path, `${text.slice(0, from)}${marked}${text.slice(to + end.length)}`);
}
