import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readPlan } from '../../bench/arguments.ts';
import type { Bench } from '../../bench/bench.ts';

const root = new URL('../../', import.meta.url);
const { scripts } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as {
  scripts: Record<string, string>;
};
const commands = Object.entries(scripts).filter(([name]) => /^(bench(:|$)|load$)/.test(name));

function run(line: string, args: readonly string[]): { code: number | null; out: string; err: string } {
  const [, script = ''] = line.split(' ');
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], {
    cwd: root,
    encoding: 'utf8',
  });
  return { code: status, out: stdout, err: stderr };
}

describe.each(commands)('npm run %s', (name, line) => {
  it('tells its own names', () => {
    const { code, out } = run(line, ['--help']);
    expect(code).toBe(0);
    expect(out).toContain(`Usage: npm run ${name} -- `);
    expect(out).toMatch(/NAME {5}[a-z-]+, [a-z-]+/);
  });

  it('refuses a name that it does not know, and tells those it knows', () => {
    const { code, out, err } = run(line, ['nothing-of-that-kind']);
    expect(code).toBe(1);
    expect(out).toBe('');
    expect(err).toMatch(
      new RegExp(`^${name}: There is no bench nothing-of-that-kind; there are [a-z-]+, [a-z-]+`),
    );
  });
});

const bench: Bench = { title: 'one', about: '', run: async () => [] };
const command = { benches: { first: bench, second: bench, third: bench } };

describe('the plan of a bench command', () => {
  it('is everything when nothing is named', () => {
    expect(readPlan(command, [])).toEqual({
      names: ['first', 'second', 'third'],
      quick: false,
      write: false,
      soakSeconds: 0,
    });
  });

  it('keeps the order of the benches, each once', () => {
    expect(readPlan(command, ['third', '--quick', 'first', 'third'])).toEqual({
      names: ['first', 'third'],
      quick: true,
      write: false,
      soakSeconds: 0,
    });
  });

  it.each([['constructor'], ['first', 'fourth']])('takes no name that is not a bench: %s', (...argv) => {
    expect(() => readPlan(command, argv)).toThrow('There is no bench');
  });

  it.each([
    ['--write', '--quick'],
    ['--write', 'first'],
  ])('writes nothing less than everything: %s %s', (...argv) => {
    expect(() => readPlan(command, argv)).toThrow('--write takes all benches and all rounds');
  });

  it('writes when all are named', () => {
    const argv = ['--write', 'second', 'first', 'third'];
    expect(readPlan(command, argv)).toMatchObject({ names: ['first', 'second', 'third'], write: true });
  });
});

describe('the length of a soak', () => {
  const soaking = { ...command, soak: { full: 300, quick: 20 } };

  it.each([
    [[], 300],
    [['--quick'], 20],
    [['--quick', '--soak', '90'], 90],
    [['--soak', '5m'], 300],
    [['--soak', '1h'], 3600],
  ])('%j is %i s', (argv, seconds) => {
    expect(readPlan(soaking, argv)).toMatchObject({ soakSeconds: seconds });
  });

  it.each(['0', '61m', '2h', '-1s', 'long', '1.5m', ''])('is not %j', (text) => {
    expect(() => readPlan(soaking, [`--soak=${text}`])).toThrow('--soak is a time from 1s to 1h');
  });

  it('is nothing to commands without one', () => {
    expect(() => readPlan(command, ['--soak', '5m'])).toThrow('--soak');
  });
});
