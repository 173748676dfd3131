import { describe, expect, it } from 'vitest';
import { readPlan } from '../../attack/arguments.ts';
import { cases } from '../../attack/cases/all.ts';
import { onlyLoopback } from '../../attack/client.ts';
import { judgeSeen, shortBars } from '../../attack/judge.ts';
import { pending } from '../../attack/pending.ts';
import { isFlat, type Sample, trendOf } from '../../attack/soak/series.ts';
import { Tally } from '../../attack/tally.ts';

describe('the program that attacks', () => {
  it.each([
    'http://example.com/',
    'http://10.0.0.1:8080/',
    'http://127.0.0.1.example.com/',
    'http://localhost/',
    'http://0.0.0.0/',
  ])('attacks nobody but this machine: %s', (url) => {
    expect(() => onlyLoopback(url)).toThrow('is not this machine');
  });

  it('attacks this machine', () => {
    expect(onlyLoopback('http://127.0.0.1:8080/').port).toBe('8080');
    expect(onlyLoopback('http://[::1]:8080/').port).toBe('8080');
  });

  it.each([
    [['--case', 'constructor'], 'There is no case constructor'],
    [['--runtime', 'php'], 'There is no runtime php'],
    [['--seconds', '0'], 'above 0'],
    [['--seconds', '1e9'], 'above 0'],
    [['--seconds', '601'], 'at most 600'],
    [['--soak', '25h'], 'at most 24h'],
    [['--soak', 'for ever'], 'above 0'],
    [['--plot', 'a.svg'], 'is for --soak'],
    [['--url', 'http://example.com'], 'url'],
  ])('takes no %j', (argv, message) => {
    expect(() => readPlan(argv, cases)).toThrow(message);
  });

  it('runs everything when nothing is named, and what is named alone', () => {
    expect(readPlan([], cases)).toMatchObject({ cases, named: false, short: false, seconds: 10 });
    const plan = readPlan(['--case', 'smuggling', '--runtime', 'bun', '--soak', '30m'], cases);
    expect(plan).toMatchObject({ named: true, runtimes: ['bun'], soak: { seconds: 1800 } });
    expect(plan).toHaveProperty('cases.length', 1);
  });

  it('has each case once, and waits for none that there is not', () => {
    const names = cases.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of Object.keys(pending)) expect(names).toContain(name.split('@')[0]);
  });
});

const reply = { end: 'whole', headers: {}, bytes: 1, firstMs: 1, ms: 1 } as const;

describe('the verdict', () => {
  it.each([
    'Error: no\n    at speak (/srv/app/src/speech/speak.ts:1:2)',
    'connect ECONNREFUSED 127.0.0.1:9',
    'The string contains invalid characters. InvalidCharacterError',
    'CUDA out of memory at /opt/fish/model.py:42',
  ])('is no pass when an answer tells %j', (text) => {
    const tally = new Tally();
    tally.came({ ...reply, status: 400, text });
    expect(tally.failures).toBeGreaterThan(0);
  });

  it('is a pass when an answer is an answer', () => {
    const tally = new Tally();
    tally.came({ ...reply, status: 400, text: '{"detail":"top_p must be between 0.1 and 1"}' });
    expect([tally.failures, tally.sent, tally.answers.get('400')]).toEqual([0, 1, 1]);
  });

  const one = { name: 'a', tries: '', setup: {}, run: async () => {}, growthMB: 100 };
  const seen = {
    probes: 9,
    p50: 1,
    p99: 50,
    idleP99: 10,
    coreShare: 1,
    failed: 0,
    before: 1e8,
    peak: 1.5e8,
    after: 1e8,
  };

  it.each([
    [seen, 0],
    [{ ...seen, p99: 3000 }, 1],
    [{ ...seen, p99: 3000, idleP99: 2800 }, 0], // the machine itself stood still
    [{ ...seen, p99: 500, coreShare: 0.5 }, 0], // it had a core for half of the time
    [{ ...seen, failed: 1 }, 1],
    [{ ...seen, peak: 3e8 }, 1],
  ])('judges %j with %i failures', (figures, failures) => {
    const tally = new Tally();
    judgeSeen('node', one, tally, figures, shortBars);
    expect(tally.failures).toBe(failures);
  });
});

describe('the trend of a soak', () => {
  const samples = (value: (index: number) => number): Sample[] =>
    Array.from({ length: 50 }, (_, index) => {
      return {
        at: index,
        residentMB: value(index),
        liveMB: 1,
        healthP50: 1,
        healthP99: 1,
        served: 1,
        refused: 0,
        failed: 0,
        bad: 0,
      };
    });
  const flat = (value: (index: number) => number): boolean => {
    const trend = trendOf(samples(value), ({ residentMB }) => residentMB);
    return trend !== undefined && isFlat(trend);
  };

  it('is flat when memory is, and when it grew while it warmed up', () => {
    expect(flat(() => 100)).toBe(true);
    expect(flat((index) => 100 + (index % 5))).toBe(true);
    expect(flat((index) => Math.min(index, 8) * 20)).toBe(true);
    expect(flat((index) => 200 - index)).toBe(true);
  });

  it('is not when memory leaks', () => {
    expect(flat((index) => 100 + index)).toBe(false);
    expect(flat((index) => 100 + (index % 5) + index / 2)).toBe(false);
  });

  it('is not known after a few samples', () => {
    expect(trendOf(samples(() => 1).slice(0, 5), () => 1)).toBeUndefined();
  });
});
