import { describe, expect, test } from 'vitest';
import { SpeechFailure } from '../../../src/core/errors.ts';
import type { SpeechRequest } from '../../../src/core/request.ts';
import type { Misbehaviour } from '../../fake-origin/misbehave.ts';
import type { FakeOrigin } from '../../fake-origin.ts';
import { referenceAudio } from '../../reference-audio.ts';
import { createFakeClock } from '../../stream/fake-clock.ts';
import { anOrigin } from '../fish/fish-client.ts';
import { codeOf, held, open, place, poolOf, shares, speak } from './pool-support.ts';

const breaker = { failures: 3, pauseMs: 10_000 };
const noise = new Uint8Array(5000).fill(7);
const probes = ({ requests }: FakeOrigin): number =>
  requests.filter(({ path }) => path === '/v1/health').length;

async function failureOf(work: Promise<unknown>): Promise<SpeechFailure> {
  const error = await work.then(
    () => new Error('it was answered'),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof SpeechFailure)) throw error;
  return error;
}

/** What a client sends that upstream's engine answers with 500, and in a stream with nothing. */
const badRequests: readonly [string, string, Partial<SpeechRequest>, string][] = [
  ['an undecodable reference', 'Hello', { references: [{ audio: noise, text: 'x' }] }, 'references'],
  [
    'a tiny reference',
    'Hello',
    { references: [{ audio: referenceAudio().slice(0, 100), text: 'x' }] },
    'references',
  ],
  ['a broken voice that is stored', 'Hello', { voice: 'broken' }, 'voice'],
  ['a prompt that is too long', 'Hello '.repeat(3000), {}, 'text'],
  ['a text without words', '...', {}, 'text'],
];

async function withBrokenVoice(): Promise<FakeOrigin> {
  const origin = await anOrigin({ references: ['broken'] });
  origin.references.set('broken', { text: 'x', audio: noise });
  return origin;
}

describe.each([true, false])('what only the request is to blame for (whole: %s)', (whole) => {
  test.each(badRequests)(
    '%s: 4xx, once at each origin, and the origins stay open to others',
    async (_, text, more, param) => {
      const marked = text === '...' ? '[[engineFails]] Hm' : text;
      const origins = [await withBrokenVoice(), await withBrokenVoice()];
      const pool = poolOf(
        origins.map((origin) => place(origin)),
        { breaker, retries: 2 },
      );
      for (let i = 0; i < 8; i++) {
        const { error, message } = await failureOf(open(pool, marked, { ...more, whole, client: 'mallory' }));
        expect(error).toMatchObject({ code: 'invalid_value', param });
        expect(message).toMatch(/^The speech server could not speak this request; check its /);
        expect(await speak(pool, `Honest ${i}`, { client: `client ${i % 3}` })).toBeGreaterThan(0);
      }
      const bad = origins.map(
        ({ spoken }) => spoken.filter(({ body }) => !JSON.stringify(body).includes('Honest')).length,
      );
      expect(bad).toEqual([8, 8]);
    },
  );

  test('many bad requests in a row with nobody in between leave the origin open', async () => {
    const origin = await anOrigin();
    const pool = poolOf([place(origin)], { breaker, retries: 2 });
    for (let i = 0; i < 12; i++) {
      expect(await codeOf(open(pool, `[[engineFails]] ${i}`, { whole, client: 'mallory' }))).toBe(
        'invalid_value',
      );
      expect(await codeOf(open(pool, '[[engineFails]] same', { whole, client: `bot ${i}` }))).toBe(
        'invalid_value',
      );
    }
    expect(origin.spoken).toHaveLength(24); // never tried again where it failed
    expect(await speak(pool, 'Honest', { client: 'alice' })).toBeGreaterThan(0);
    expect(await speak(pool, 'Honest', { client: 'mallory' })).toBeGreaterThan(0);
  });

  test('another origin may have what this one lacks', async () => {
    const [lacking, having] = [await withBrokenVoice(), await anOrigin({ references: ['broken'] })];
    const pool = poolOf([place(lacking), place(having)], { breaker, retries: 2 });
    for (let i = 0; i < 4; i++) await speak(pool, 'Hello', { voice: 'broken', whole });
    expect(having.spoken).toHaveLength(4);
  });

  test('an origin at which fails what another one speaks is shut, though all have one client', async () => {
    const [bad, good] = [await anOrigin({ misbehave: { engineFails: true } }), await anOrigin()];
    const pool = poolOf([place(bad), place(good)], { breaker, retries: 2 }, { clock: createFakeClock() });
    for (let i = 0; i < 40; i++) await speak(pool, `Text ${i}`, { whole, client: 'the only key' });
    const [asked = 0, spoken] = shares([bad, good]);
    expect(asked).toBeLessThan(6); // three, and who came while the third was being counted
    expect(spoken).toBe(40);
  });

  test('a stored voice that is broken at one origin does not shut it', async () => {
    const [lacking, having] = [await withBrokenVoice(), await anOrigin({ references: ['broken'] })];
    const pool = poolOf([place(lacking), place(having)], { breaker, retries: 2 });
    for (let i = 0; i < 6; i++)
      await speak(pool, `Text ${i}`, { voice: 'broken', whole, client: `client ${i}` });
    await having.close();
    expect(await speak(pool, 'Hello', { client: 'alice' })).toBeGreaterThan(0);
  });

  test('an origin that fails everybody is shut, though it is healthy', async () => {
    const origin = await anOrigin({ misbehave: { engineFails: true } });
    const pool = poolOf([place(origin)], { breaker }, { clock: createFakeClock() });
    const ask = (i: number): Promise<string> =>
      codeOf(open(pool, `Text ${i}`, { whole, client: `client ${i}` }));
    for (let i = 0; i < 3; i++) expect(await ask(i)).toBe('invalid_value');
    expect(probes(origin)).toBe(1); // asked, and the answer shared
    expect(await ask(3)).toBe('origin_unavailable');
    expect(origin.spoken).toHaveLength(3);
  });
});

test('a stream that is cut because the origin died is the origin’s fault', async () => {
  const origin = await anOrigin({ misbehave: { engineFails: true, held: true } });
  const pool = poolOf([place(origin)], { breaker: { ...breaker, failures: 1 } });
  const speech = codeOf(open(pool, 'Hello'));
  await origin.until(() => origin.queued === 1);
  await origin.close();
  expect(await speech).toBe('origin_unavailable');
  expect(await codeOf(open(pool, 'Hello'))).toBe('origin_unavailable');
});

test('an origin that is busy speaking to others is not dead for that', async () => {
  const clock = createFakeClock();
  const origin = await anOrigin();
  const pool = poolOf([place(origin, { slots: 2 })], { breaker: { ...breaker, failures: 1 } }, { clock });
  const bad = failureOf(open(pool, `[[engineFails]] ${held} Hello`, { client: 'mallory' }));
  await origin.until(() => origin.queued === 1);
  const long = speak(pool, `${held} A long story`, { client: 'alice' });
  await origin.until(() => origin.spoken.length === 2);
  origin.release(); // the bad one fails, and the long story blocks the origin's health check
  await origin.until(() => probes(origin) === 1);
  clock.advance(2000); // of the probe
  expect((await bad).error.code).toBe('invalid_value');
  origin.release();
  expect(await long).toBeGreaterThan(0);
  expect(await speak(pool, 'Next')).toBeGreaterThan(0);
  expect(origin.spoken).toHaveLength(3);
});

test('many bad requests at once cost one probe', async () => {
  const origin = await anOrigin();
  const pool = poolOf([place(origin, { slots: 10 })], { breaker }, { clock: createFakeClock() });
  const codes = await Promise.all(
    Array.from({ length: 10 }, () =>
      codeOf(open(pool, '[[engineFails]] Hello', { whole: true, client: 'mallory' })),
    ),
  );
  expect(new Set(codes)).toEqual(new Set(['invalid_value']));
  expect(probes(origin)).toBe(1);
});

test('a bad request that tries a shut origin keeps it shut for nobody', async () => {
  const clock = createFakeClock();
  const misbehave: Misbehaviour = { status: 502 };
  const origin = await anOrigin({ misbehave });
  const pool = poolOf([place(origin)], { breaker }, { clock });
  for (let i = 0; i < 3; i++) expect(await codeOf(open(pool, 'Hello'))).toBe('origin_unavailable');
  delete misbehave.status;
  clock.advance(10_000);
  for (let i = 0; i < 5; i++)
    expect(await codeOf(open(pool, `[[engineFails]] ${i}`, { client: 'mallory' }))).toBe('invalid_value');
  expect(await speak(pool, 'Honest', { client: 'alice' })).toBeGreaterThan(0);
});

test('bad requests take no retry from honest ones', async () => {
  const [bad, good] = [await anOrigin({ misbehave: { engineFails: true } }), await anOrigin()];
  const pool = poolOf([place(bad), place(good)], { breaker, retries: 1 });
  for (let i = 0; i < 40; i++) await codeOf(open(pool, '[[engineFails]] Hello', { client: 'mallory' }));
  expect(shares([bad, good])[1]).toBeLessThan(40); // doubtful retries have a bound
  await bad.close();
  for (let i = 0; i < 5; i++)
    expect(await speak(pool, `Honest ${i}`, { client: 'alice' })).toBeGreaterThan(0);
});

test('nothing of the request reaches the store of leases but hashes', async () => {
  const reported: unknown[] = [];
  const { createMemoryLeases } = await import('../../../src/state/memory.ts');
  const clock = createFakeClock();
  const leases = createMemoryLeases(clock);
  const origin = await anOrigin();
  const spying = {
    ...leases,
    report: async (...told: Parameters<typeof leases.report>) => void reported.push(told),
  };
  const pool = poolOf([place(origin)], { breaker, leases: spying }, { clock });
  await codeOf(open(pool, '[[engineFails]] My secret', { client: 'mallory', voice: undefined }));
  await origin.until(() => reported.length === 1);
  const [[, outcome, , traits]] = reported as [[string, string, object, string[]]];
  expect(outcome).toBe('failed');
  expect(traits).toHaveLength(2);
  for (const trait of traits) expect(trait).toMatch(/^[0-9a-f]{16}$/);
});
