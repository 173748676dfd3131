import { expect, test } from 'vitest';
import { createProgress } from '../../src/cli/models/progress.ts';

function terminal(isTTY: boolean) {
  const written: string[] = [];
  return { written, isTTY, write: (text: string) => written.push(text) };
}

test('without a terminal: a line at the start, one every ten seconds at most, one at the end', () => {
  const output = terminal(false);
  let time = 0;
  const progress = createProgress(output, () => time);
  progress.begin('joe', 'example.org', 60e6);
  for (time = 0; time < 25_000; time += 100) progress.moved(time * 2e3, time * 2e3);
  time = 30_000;
  progress.end(true);
  expect(output.written).toEqual([
    'joe: fetching 60.0 MB from example.org\n',
    'joe: 20.0 of 60.0 MB, 2.0 MB/s, 20 s left\n',
    'joe: 40.0 of 60.0 MB, 2.0 MB/s, 10 s left\n',
    'joe: done in 30.0 s\n',
  ]);
});

test('what an earlier run brought does not count into the speed', () => {
  const output = terminal(false);
  let time = 0;
  const progress = createProgress(output, () => time);
  progress.begin('joe', 'example.org', 60e6);
  progress.moved(50e6, 0);
  time = 10_000;
  progress.moved(55e6, 5e6);
  expect(output.written.at(-1)).toBe('joe: 55.0 of 60.0 MB, 0.5 MB/s, 10 s left\n');
});

test('a transfer that failed does not say that it is done', () => {
  const output = terminal(false);
  const progress = createProgress(output, () => 0);
  progress.begin('joe', 'example.org', 60e6);
  progress.end(false);
  expect(output.written).toHaveLength(1);
});
