import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { performancePage, writePage, writeSection } from '../../bench/page.ts';

let folder: string;
let page: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fish-edge-page-'));
  page = join(folder, 'performance.md');
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const runtimes = `<!-- runtimes: made by npm run bench:runtimes -->

## Runtimes

old runtimes

<!-- end of runtimes -->`;
const formats = `<!-- formats: made by npm run bench:formats -->

## Formats

old formats

<!-- end of formats -->`;
const whole = `# Performance

old figures

${runtimes}

Somebody wrote this.

${formats}

And this.
`;

const read = (): string => readFileSync(page, 'utf8');

describe('a section of the page', () => {
  it('takes the place of its last one, and of nothing else', () => {
    writeFileSync(page, whole);
    writeSection('formats', '## Formats\n\nnew formats\n', { page });
    expect(read()).toBe(whole.replace('old formats', 'new formats'));
    writeSection('runtimes', '## Runtimes\n\nnew runtimes\n', { page });
    expect(read()).toBe(whole.replace('old formats', 'new formats').replace('old runtimes', 'new runtimes'));
  });

  it('comes at the end when it was never written', () => {
    writeFileSync(page, `# Performance\n\n${runtimes}\n`);
    writeSection('formats', '## Formats\n\nold formats\n', { page });
    expect(read()).toBe(`# Performance\n\n${runtimes}\n\n${formats}\n`);
  });

  it.each([
    ['has no end', whole.replace('<!-- end of formats -->', '')],
    ['has no beginning', whole.replace('<!-- formats: made by npm run bench:formats -->', '')],
  ])('is not guessed when it %s', (_, broken) => {
    writeFileSync(page, broken);
    expect(() => writeSection('formats', 'new', { page })).toThrow('one mark');
    expect(read()).toBe(broken);
  });

  it('of the real page, written again as it is, changes no byte', () => {
    copyFileSync(performancePage, page);
    const before = read();
    const sections = [
      ...before.matchAll(/<!-- (\w+): made by npm run (.*) -->([\s\S]*?)<!-- end of \1 -->/g),
    ];
    expect(sections.length).toBeGreaterThan(0);
    for (const [, name = '', script = '', text = ''] of sections) writeSection(name, text, { page, script });
    expect(read()).toBe(before);
  });
});

describe('the page', () => {
  it('is written anew before its first section alone', () => {
    writeFileSync(page, whole);
    writePage('# Performance\n\nnew figures\n', page);
    expect(read()).toBe(whole.replace('old figures', 'new figures'));
  });

  it('is written where there was none', () => {
    writePage('# Performance\n\nnew figures\n', page);
    expect(read()).toBe('# Performance\n\nnew figures\n');
  });
});
