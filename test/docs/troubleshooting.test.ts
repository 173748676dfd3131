import { readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');

/** Messages in the first column of docs/troubleshooting.md: with a space in them, which headers and settings have not. */
function messages(): string[] {
  const page = readFileSync(join(root, 'docs/troubleshooting.md'), 'utf8');
  const cells = page.split('\n').map((line) => /^\| (.*?) \|/.exec(line)?.[1] ?? '');
  return cells.flatMap((cell) => [...cell.matchAll(/`([^`]* [^`]*)`/g)].map(([, message = '']) => message));
}

it('each message that the page of troubles explains is one that the server says', async () => {
  const files = await Array.fromAsync(glob('src/**/*.ts', { cwd: root }));
  const source = files.map((file) => readFileSync(join(root, file), 'utf8')).join('\n');
  /** What is told of one request is filled in: `…`, a number, a name. */
  const isSaid = (message: string): boolean =>
    message
      .split(/'?…'?|\d+|Redis|English/)
      .map((part) => part.trim())
      .filter((part) => part.includes(' '))
      .every((part) => source.includes(part));
  expect(messages().length).toBeGreaterThan(10);
  expect(messages().filter((message) => !isSaid(message))).toEqual([]);
});
