import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/architecture.md'), 'utf8');
const MAX_STEPS = 12;

/** Files that `paragraph` names and that are not there. A name alone is of a folder that was named before it. */
function missingIn(paragraph: string): string[] {
  const folders = ['.', 'src'];
  return [...paragraph.matchAll(/`([\w./-]+(?:\.(?:ts|mjs|md|json|toml)|\/))`/g)].flatMap(([, name = '']) => {
    const places = folders.map((folder) => join(folder, name));
    const found = places.filter((place) => existsSync(join(root, place)));
    for (const place of found) folders.push(name.endsWith('/') ? place : dirname(place));
    return found.length > 0 ? [] : [name];
  });
}

const stepsOf = (text: string): string[] => text.split(/\n(?=\d+\. )/).slice(1);

test('what the page of the architecture names is there', () => {
  const paragraphs = page
    .split('\n\n')
    .flatMap((paragraph) => [
      ...(stepsOf(`\n${paragraph}`).length > 1 ? stepsOf(`\n${paragraph}`) : [paragraph]),
    ]);
  expect(paragraphs.flatMap(missingIn)).toEqual([]);
});

test('the way of a request has a page and no more', () => {
  const [, way = ''] = /## The way of a request\n([\s\S]*?)\n## /.exec(page) ?? [];
  const steps = stepsOf(way);
  expect(steps.length).toBeGreaterThan(0);
  expect(steps.length).toBeLessThanOrEqual(MAX_STEPS);
  for (const step of steps) expect(step).toMatch(/`[\w/-]+\.ts`|commit point/);
});

test('a file that is gone is found by this test', () => {
  expect(missingIn('`http/body.ts` and `no-such-file.ts`, `http/gone.ts`, `receive.ts`')).toEqual([
    'no-such-file.ts',
    'http/gone.ts',
  ]);
});
