import { expect, test } from 'vitest';
import { openaiVoices } from '../../../src/core/voices.ts';
import { createProbe } from '../../../src/engine/upstream/probe.ts';
import { referenceAudio } from '../../reference-audio.ts';
import { createFakeClock, realClock } from '../../stream/fake-clock.ts';
import { engineFor, held } from '../upstream/pool-support.ts';
import { anOrigin, bytesOf, nobodyLeaves, say } from './fish-client.ts';

const lists = (origin: { requests: readonly { path: string }[] }): number =>
  origin.requests.filter(({ path }) => path === '/v1/references/list').length;

test('lists a default voice and the origin’s own, and asks once in a while', async () => {
  const origin = await anOrigin({ key: 'k', references: ['zoe', 'anna', 'default'] });
  const clock = createFakeClock();
  const engine = engineFor(origin, { key: 'k', voicesTtlMs: 60_000 }, clock);
  expect((await engine.voices()).map(({ id }) => id)).toEqual(['default', 'anna', 'zoe']);
  await engine.voices();
  expect(lists(origin)).toBe(1);
  origin.references.delete('zoe');
  clock.advance(60_000);
  expect((await engine.voices()).map(({ id }) => id)).toEqual(['default', 'anna']);
  expect(lists(origin)).toBe(2);
});

test('a voice of the origin is sent by its name, an unknown one is refused and costs nothing', async () => {
  const origin = await anOrigin({ references: ['anna'] });
  const engine = engineFor(origin);
  await bytesOf(await engine.open(say('Hi', { voice: 'anna' }), nobodyLeaves()));
  expect(origin.spoken[0]?.body).toMatchObject({ reference_id: 'anna' });
  const unknown = engine.open(say('Hi', { voice: 'nobody' }), nobodyLeaves());
  await expect(unknown).rejects.toMatchObject({ error: { code: 'voice_not_found', voice: 'nobody' } });
  expect(origin.spoken).toHaveLength(1);
});

test('a voice that was just added is found although the list is still believed', async () => {
  const origin = await anOrigin();
  const clock = createFakeClock();
  const engine = engineFor(origin, { voicesTtlMs: 60_000 }, clock);
  await engine.voices();
  origin.references.set('new', { text: 'x', audio: referenceAudio() });
  clock.advance(2000);
  await bytesOf(await engine.open(say('Hi', { voice: 'new' }), nobodyLeaves()));
  expect(origin.spoken[0]?.body).toMatchObject({ reference_id: 'new' });
});

test.each(['../../etc', 'a/b', 'a\\b', '..', '.', 'a\0b', 'x'.repeat(256), '语'.repeat(200)])(
  '%j never leaves the gateway',
  async (voice) => {
    const origin = await anOrigin();
    const opening = engineFor(origin).open(say('Hi', { voice }), nobodyLeaves());
    await expect(opening).rejects.toMatchObject({ error: { code: 'voice_not_found' } });
    expect(origin.requests).toHaveLength(0);
  },
);

test('the default voice and OpenAI’s names mean the origin’s default and ask for no list', async () => {
  const origin = await anOrigin({ secondsPerWord: 0.01 });
  const engine = engineFor(origin);
  for (const voice of [undefined, '', 'default', ...openaiVoices]) {
    await bytesOf(await engine.open(say('Hi', { voice }), nobodyLeaves()));
  }
  for (const { body } of origin.spoken) expect(body).not.toHaveProperty('reference_id');
  expect(lists(origin)).toBe(0);
});

test.each([
  ['anna', 200],
  ['nobody', 'voice_not_found'],
])(
  'while the origin speaks it gives no list: %s is looked for again before the turn: %s',
  async (voice, end) => {
    const origin = await anOrigin({ references: ['anna'] });
    const clock = createFakeClock();
    const engine = engineFor(origin, {}, clock);
    const first = engine.open(say(`${held} Hello`), nobodyLeaves());
    await origin.until(() => origin.queued === 1);
    const second = engine.open(say('Hi', { voice }), nobodyLeaves());
    second.catch(() => {});
    await origin.until(() => lists(origin) === 1);
    clock.advance(1000);
    await origin.until(() => lists(origin) >= 2); // a second later at most it stands in line, and asks there
    origin.release();
    await bytesOf(await first);
    if (end === 200) {
      await bytesOf(await second);
      expect(origin.spoken[1]?.body).toMatchObject({ reference_id: 'anna' });
    } else {
      await expect(second).rejects.toMatchObject({ error: { code: end } });
      expect(origin.spoken).toHaveLength(1);
    }
  },
);

test('an origin without a list speaks any voice', async () => {
  const origin = await anOrigin();
  const url = `${origin.url}/nowhere`;
  const engine = engineFor(origin, { url });
  expect((await engine.voices()).map(({ id }) => id)).toEqual(['default']);
  await expect(engine.open(say('Hi', { voice: 'anna' }), nobodyLeaves())).rejects.toMatchObject({
    error: { code: 'origin_unavailable' }, // 404 of the route itself, so it was asked to speak
  });
});

test('a probe says healthy with its latency, or why not in fixed words', async () => {
  const origin = await anOrigin({ key: 'k' });
  const ports = { fetch, clock: realClock };
  const healthy = await createProbe('/v1/health', { url: origin.url, key: 'k' }, ports, ['GET', 'POST'])(
    nobodyLeaves(),
  );
  expect(healthy).toEqual({ healthy: true, latencyMs: expect.any(Number) });
  const wrongKey = await createProbe('/v1/health', { url: origin.url }, ports, ['GET', 'POST'])(
    nobodyLeaves(),
  );
  expect(wrongKey).toMatchObject({ healthy: false, error: 'unexpected answer' });
  const { url } = origin;
  await origin.close();
  expect(await createProbe('/v1/health', { url }, ports, ['GET', 'POST'])(nobodyLeaves())).toEqual({
    healthy: false,
    error: 'unreachable',
  });
});

test('a probe of an origin that speaks ends after two seconds, or when its client leaves', async () => {
  const origin = await anOrigin();
  const clock = createFakeClock();
  const ports = { fetch, clock };
  const speaking = engineFor(origin).open(say(`${held} Hello`), nobodyLeaves());
  await origin.until(() => origin.queued === 1);
  const probe = createProbe('/v1/health', { url: origin.url }, ports, ['GET', 'POST'])(nobodyLeaves());
  const client = new AbortController();
  const leaving = createProbe('/v1/health', { url: origin.url }, ports, ['GET', 'POST'])(client.signal);
  await origin.until(() => origin.requests.filter(({ path }) => path === '/v1/health').length === 2);
  client.abort();
  expect(await leaving).toEqual({ healthy: false, error: 'cancelled' });
  clock.advance(2000);
  expect(await probe).toEqual({ healthy: false, error: 'timeout' });
  await expect.poll(() => clock.pending).toBe(0);
  origin.release();
  await bytesOf(await speaking);
});
