import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './processes.ts';

export const performancePage: string = join(root, 'docs', 'performance.md');

/** The first mark of a section, and all that stands behind it. */
const sections = /<!-- (\w+): made by npm run (?:bench:)?\1 -->[\s\S]*$/;

function read(page: string): string {
  return existsSync(page) ? readFileSync(page, 'utf8') : '';
}

/** Writes anew what stands before the first section. */
export function writePage(text: string, page: string = performancePage): void {
  const [kept] = sections.exec(read(page)) ?? [];
  const parts = kept === undefined ? [text] : [text, kept];
  writeFileSync(page, `${parts.map((part) => part.trimEnd()).join('\n\n')}\n`);
}

/**
 * Puts the section of `npm run bench:<name>`, or of another `script`, in the place of its last one, at the end of the page when there is none.
 *
 * @throws when one of its marks is missing or they stand the wrong way round
 */
export function writeSection(
  name: string,
  section: string,
  {
    page = performancePage,
    script = `bench:${name}`,
  }: { readonly page?: string; readonly script?: string } = {},
): void {
  const begin = `<!-- ${name}: made by npm run ${script} -->`;
  const end = `<!-- end of ${name} -->`;
  const marked = `${begin}\n\n${section.trim()}\n\n${end}`;
  const text = read(page);
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 && to < 0) {
    writeFileSync(page, `${text.trimEnd()}\n\n${marked}\n`.trimStart());
    return;
  }
  if (from < 0 || to < from) throw new Error(`docs/performance.md has one mark of ${begin} … ${end} only`);
  writeFileSync(page, `${text.slice(0, from)}${marked}${text.slice(to + end.length)}`);
}
