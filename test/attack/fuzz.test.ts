import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { root } from '../cli/support.ts';

function fuzz(...args: string[]): {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
} {
  return spawnSync(process.execPath, ['attack/fuzz/run.ts', ...args], { cwd: root, encoding: 'utf8' });
}

describe('npm run fuzz', () => {
  it('tells what it does, and what its exit codes mean', () => {
    const { status, stdout } = fuzz('--help');
    expect([status, stdout]).toEqual([
      0,
      expect.stringMatching(/^Usage: npm run fuzz -- [\s\S]*exit code is 1/),
    ]);
  });

  it.each([
    [['--examples', '0'], 'from 1 to 1000'],
    [['--time', '3601'], 'from 1 to 3600'],
    [['--time', '1e3'], 'from 1 to 3600'],
    [['--seed', '-1'], '--seed'],
    [['--runtime', 'php'], 'There is no runtime php'],
    [['--url', 'http://example.com'], '--url'],
  ])('takes no %j', (args, message) => {
    const { status, stderr } = fuzz(...args);
    expect([status, stderr]).toEqual([1, expect.stringContaining(message)]);
  });

  it('says that it was skipped, and is no success, where Python is missing', () => {
    const { status, stderr } = fuzz('--python', 'no-python-of-that-name');
    expect([status, stderr]).toEqual([
      3,
      expect.stringContaining('SKIPPED: there is no no-python-of-that-name'),
    ]);
  });
});
