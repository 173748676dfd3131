import { existsSync, readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const code = '{src,test,bench,attack,scripts}/**/*.{ts,mjs,py,go}';
/** `npm run test:clients -- --write` makes it, with all the clients installed. */
const made = ['docs/clients.md'];
const isInstalled = (path: string): boolean => path.includes('node_modules');

/** Pages that `text` names, without those of other projects, whose line says where they are. */
function citations(text: string): string[] {
  const lines = text
    .split('\n')
    .filter((line) => /\/\/|^\s*(\/?\*|#)/.test(line) && !line.includes('github.com/'));
  return lines.flatMap((line) => line.match(/(?<![\w/.:-])[\w./-]+\.md\b/g) ?? []);
}

async function paths(pattern: string): Promise<string[]> {
  return (await Array.fromAsync(glob(pattern, { cwd: root, exclude: isInstalled }))).toSorted();
}

describe('a page that is named is there', () => {
  it('where a comment names it', async () => {
    const files = [...(await paths(code)), '.dependency-cruiser.mjs', 'vitest.config.ts'];
    const missing = files.flatMap((file) =>
      citations(readFileSync(join(root, file), 'utf8'))
        .filter((page) => !made.includes(page) && !existsSync(join(root, page)))
        .map((page) => `${file}: ${page}`),
    );
    expect(files.length).toBeGreaterThan(100);
    expect(missing).toEqual([]);
  });

  it('where another page links to it', async () => {
    const pages = [...(await paths('docs/**/*.md')), 'README.md', 'AGENTS.md'];
    const missing = pages.flatMap((page) =>
      [...readFileSync(join(root, page), 'utf8').matchAll(/\]\((?!https?:)([^)#\s]+)/g)]
        .filter(([, link]) => !existsSync(join(root, dirname(page), link ?? '')))
        .map(([, link]) => `${page}: ${link}`),
    );
    expect(missing).toEqual([]);
  });

  it('is found by this test', () => {
    const gone = 'docs/no-such-page.md';
    expect(citations(`// (${gone}), see README.md`)).toEqual([gone, 'README.md']);
    expect(citations("const page = join(folder, 'performance.md');")).toEqual([]);
  });
});
