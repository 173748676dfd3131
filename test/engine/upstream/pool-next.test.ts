import { describe, expect, test } from 'vitest';
import type { Upstream } from '../../../src/core/upstream.ts';
import type { PooledOrigin } from '../../../src/engine/upstream/choice.ts';
import { nextStep, type Waiting } from '../../../src/engine/upstream/queue.ts';
import { place } from './pool-support.ts';

const now = 100_000;

function origin(id: string, more: Partial<PooledOrigin> = {}): PooledOrigin {
  return {
    id,
    origin: {} as Upstream, // who is next is decided without it
    place: place({ url: id }),
    cooldownUntil: 0,
    breakerOpen: false,
    orphanedUntil: 0,
    spokeAt: undefined,
    ...more,
  };
}

interface Entry extends Waiting {
  readonly name: string;
}

function entry(
  name: string,
  constraints: Partial<Waiting['constraints']> = {},
  more: Partial<Waiting> = {},
): Entry {
  const any = {
    deprioritized: new Set<string>(),
    excluded: new Set<string>(),
    affinity: undefined,
    deadlineAt: now + 1000,
  };
  return { name, waiting: true, seenAt: now, ...more, constraints: { ...any, ...constraints } };
}

interface Case {
  readonly entries: readonly Entry[];
  readonly origins: readonly PooledOrigin[];
  readonly full?: readonly string[];
  readonly taken?: Readonly<Record<string, number>>;
}

/** Who is next and where it may go, and who is refused with what. */
function decide({ entries, origins, full = [], taken = {} }: Case): readonly [string, string] {
  const slotStatus = new Map(
    origins.map(({ id, breakerOpen }) => [id, { taken: taken[id] ?? 0, shut: breakerOpen }]),
  );
  const step = nextStep(entries, origins, new Set(full), { slotStatus, now, random: () => 0.5 });
  const refused = step.refused.map(({ entry: { name }, error }) => `${name}: ${error.message}`);
  const next = step.offer ? [step.offer.entry.name, ...step.offer.origins.map(({ id }) => id)] : [];
  return [next.join(' '), refused.join(', ')];
}

const [a, b] = [origin('a'), origin('b')];
const cases: Readonly<Record<string, readonly [Case, string, string]>> = {
  'nobody waits': [{ entries: [], origins: [a] }, '', ''],
  'the first one goes first': [{ entries: [entry('1'), entry('2')], origins: [a] }, '1 a', ''],
  'the freest goes first': [{ entries: [entry('1')], origins: [a, b], taken: { a: 1 } }, '1 b a', ''],
  'one that is full is left out': [{ entries: [entry('1')], origins: [a, b], full: ['a'] }, '1 b', ''],
  'all are full': [{ entries: [entry('1'), entry('2')], origins: [a, b], full: ['a', 'b'] }, '', ''],
  'who waits for a full one lets others pass': [
    { entries: [entry('1', { ids: new Set(['a']) }), entry('2')], origins: [a, b], full: ['a'] },
    '2 b',
    '',
  ],
  'who was stopped is passed over': [
    { entries: [entry('1', {}, { seenAt: now - 1501 }), entry('2')], origins: [a] },
    '2 a',
    '',
  ],
  'who was served meanwhile is passed over': [
    { entries: [entry('1', {}, { waiting: false }), entry('2')], origins: [a] },
    '2 a',
    '',
  ],
  'who is too late is refused, and the next one goes': [
    { entries: [entry('1', { deadlineAt: now }), entry('2')], origins: [a] },
    '2 a',
    '1: timeout',
  ],
  'who may go nowhere is refused, and the next one goes': [
    { entries: [entry('1', { excluded: new Set(['a']) }), entry('2')], origins: [a] },
    '2 a',
    '1: origin_unavailable',
  ],
  'a breaker is open': [
    { entries: [entry('1'), entry('2')], origins: [origin('a', { breakerOpen: true })] },
    '',
    '1: origin_unavailable, 2: origin_unavailable',
  ],
  'a short rest is waited for': [
    { entries: [entry('1')], origins: [origin('a', { cooldownUntil: now + 500 })] },
    '',
    '',
  ],
  'a long rest is not': [
    { entries: [entry('1')], origins: [origin('a', { cooldownUntil: now + 60_000 })] },
    '',
    '1: overloaded',
  ],
};

describe('who is next', () => {
  test.each(Object.entries(cases))('%s', (_name, [given, next, refused]) => {
    expect(decide(given)).toEqual([next, refused]);
  });
});
