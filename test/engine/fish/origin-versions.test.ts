import { describe, expect, test } from 'vitest';
import type { Ports } from '../../../src/core/ports.ts';
import { defaultSampling } from '../../../src/core/request.ts';
import { createVersionFinder } from '../../../src/engine/fish/upstream.ts';
import { createProbe } from '../../../src/engine/upstream/probe.ts';
import { type OriginVersion, originVersions } from '../../fake-origin/profiles.ts';
import { startFakeOrigin } from '../../fake-origin.ts';
import { lastingPort } from '../../free-port.ts';
import { referenceAudio } from '../../reference-audio.ts';
import { createFakeClock, realClock } from '../../stream/fake-clock.ts';
import { codeOf, engineFor, held, open, place, poolOf, speak } from '../upstream/pool-support.ts';
import { anOrigin, bytesOf, nobodyLeaves, say } from './fish-client.ts';

const generations: Record<OriginVersion, string> = {
  '1.4.3': '1.4',
  '1.5.1': '1.5',
  '80db25e': 's1',
  '3dd1f85': 's2',
};
const ports = { fetch, clock: realClock };
const asked = (origin: { requests: readonly { path: string }[] }, path: string): number =>
  origin.requests.filter((request) => request.path === path).length;

describe.each(originVersions)('in front of %s', (version) => {
  const keepsVoices = version === '80db25e' || version === '3dd1f85';

  test('every request is spoken, whatever it asks for', async () => {
    const origin = await anOrigin({ version, key: 'k', references: ['anna'] });
    const engine = engineFor(origin, { key: 'k' });
    const sampling = { ...defaultSampling, memoryCache: 'on', topP: 0.5 } as const;
    for (const whole of [false, true]) {
      await bytesOf(await engine.open(say('Hi', { whole }), nobodyLeaves()));
      const more = { whole, sampling, seed: 7, references: [{ audio: referenceAudio(), text: 'x' }] };
      await bytesOf(await engine.open(say('Hi', more), nobodyLeaves()));
    }
    expect(origin.spoken).toHaveLength(4);
  });

  test('its generation is found out and shown', async () => {
    const origin = await anOrigin({ version, key: 'k' });
    const pool = poolOf([place(origin, { key: 'k' })]);
    const health = await pool.health?.(nobodyLeaves());
    expect(health?.origins).toEqual([
      { healthy: true, latencyMs: expect.any(Number), version: generations[version] },
    ]);
    expect([health?.healthy, health?.error]).toEqual([true, undefined]);
  });

  test('an unknown voice is refused where the origin can tell, and marked where it cannot', async () => {
    const origin = await anOrigin({ version, references: ['anna'] });
    const pool = poolOf([place(origin)]);
    if (keepsVoices) {
      expect(await codeOf(open(pool, 'Hi', { voice: 'nobody' }))).toBe('voice_not_found');
      expect(origin.spoken).toHaveLength(0);
    } else {
      const speech = await open(pool, 'Hi', { voice: 'nobody' });
      expect(speech.voiceConfirmed).toBe(false);
      await bytesOf(speech);
    }
    const known = await open(pool, 'Hi', { voice: 'anna' });
    expect(known.voiceConfirmed).toBe(keepsVoices);
    await bytesOf(known);
    const named = await open(pool, 'Hi');
    expect(named.voiceConfirmed).toBe(true);
    await bytesOf(named);
    expect(asked(origin, '/v1/references/list')).toBeLessThan(4);
  });

  test('its reference routes work, or are said to be missing', async () => {
    const origin = await anOrigin({ version });
    const api = poolOf([place(origin)]).fish;
    const reference = { id: 'new', audio: referenceAudio(), text: 'x' };
    const works = [
      () => api?.addReference(reference, nobodyLeaves()),
      () => api?.listReferences(nobodyLeaves()),
      () => api?.renameReference('new', 'newer', nobodyLeaves()),
      () => api?.deleteReference('newer', nobodyLeaves()),
    ];
    for (const work of works) {
      if (keepsVoices) await work();
      else expect(await codeOf(work() ?? Promise.resolve())).toBe('not_supported');
    }
  });
});

test('health that takes POST alone is asked so from then on', async () => {
  const origin = await anOrigin({ version: '1.4.3' });
  const probe = createProbe('/v1/health', origin, ports, ['GET', 'POST']);
  expect(await probe(nobodyLeaves())).toMatchObject({ healthy: true });
  expect(await probe(nobodyLeaves())).toMatchObject({ healthy: true });
  expect(origin.requests.map(({ method }) => method)).toEqual(['GET', 'POST', 'POST']);
});

test('a memory cache is asked for once the origin is known to have one', async () => {
  const sampling = { ...defaultSampling, memoryCache: 'on' } as const;
  for (const version of ['1.4.3', '80db25e'] as const) {
    const origin = await anOrigin({ version });
    const pool = poolOf([place(origin)]);
    await pool.health?.(nobodyLeaves());
    await speak(pool, 'Hi', { sampling });
    const sent = origin.spoken[0]?.body as { use_memory_cache?: string } | undefined;
    expect(sent?.use_memory_cache).toBe(version === '1.4.3' ? undefined : 'on');
  }
});

describe('what generation an origin is', () => {
  test('is asked for once, and again after it was away', async () => {
    const port = await lastingPort();
    const first = await startFakeOrigin({ version: '1.5.1', port });
    const pool = poolOf([place(first)]);
    for (let i = 0; i < 3; i++) await speak(pool, 'Hi');
    expect(asked(first, '/json')).toBe(1);
    await first.close();
    expect(await codeOf(open(pool, 'Hi'))).toBe('origin_unavailable');
    const second = await anOrigin({ version: '3dd1f85', port });
    await speak(pool, 'Hi');
    await second.until(() => asked(second, '/json') === 1);
    expect(await pool.health?.(nobodyLeaves())).toMatchObject({ origins: [{ version: 's2' }] });
  });

  test('keeps no speech waiting, is given up after two seconds, and asked for again later', async () => {
    const clock = createFakeClock();
    let documents = 0;
    const hanging: Ports['fetch'] = (input, init) => {
      if (!String(input).endsWith('/json')) return fetch(input, init);
      documents++;
      return new Promise((_, reject) =>
        init?.signal?.addEventListener('abort', () => reject(init.signal?.reason)),
      );
    };
    const origin = await anOrigin();
    const pool = poolOf([place(origin)], {}, { fetch: hanging, clock });
    await speak(pool, 'Hi');
    await speak(pool, 'Hi');
    expect(documents).toBe(1);
    clock.advance(2000);
    clock.advance(10_000);
    await speak(pool, 'Hi');
    expect(documents).toBe(2);
  });

  test.each([
    ['HTML', '<html>'],
    ['another API', '{"paths":{"/v2":{}}}'],
    ['nothing', 'null'],
    ['other types', '{"paths":[],"components":{"schemas":{"ServeTTSRequest":5}}}'],
    ['a document without end', `{"x":"${'x'.repeat(300_000)}"}`],
  ])('is unknown where the origin answers %s', async (_name, answer) => {
    const finder = createVersionFinder(
      { url: 'http://origin' },
      { ...ports, fetch: async () => new Response(answer) },
    );
    expect(await finder.find()).toBeUndefined();
  });
});

test('origins of several generations: a voice goes to those that keep voices', async () => {
  const [old, recent] = [await anOrigin({ version: '1.5.1' }), await anOrigin({ version: '80db25e' })];
  const pool = poolOf([place(old), place(recent)], { retries: 2 });
  await pool.fish?.addReference({ id: 'new', audio: referenceAudio(), text: 'x' }, nobodyLeaves());
  expect(await pool.fish?.listReferences(nobodyLeaves())).toEqual(['new']);
  for (let i = 0; i < 4; i++) await speak(pool, 'Hi', { voice: 'new' });
  expect([old.spoken.length, recent.spoken.length]).toEqual([0, 4]);
  await pool.fish?.deleteReference('new', nobodyLeaves());
  expect(await codeOf(pool.fish?.deleteReference('new', nobodyLeaves()) ?? Promise.resolve())).toBe(
    'reference_not_found',
  );
});

test('an origin that is busy and just started is asked for its voices when it is free, not believed blindly', async () => {
  const clock = createFakeClock();
  const origin = await anOrigin({ references: ['anna'] });
  const other = fetch(`${origin.url}/v1/tts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ text: `${held} Of somebody else` }),
  });
  await origin.until(() => origin.queued === 1);
  const pool = poolOf([place(origin)], {}, { clock });
  const unknown = open(pool, 'Hi', { voice: 'nobody' });
  await origin.until(() => asked(origin, '/v1/references/list') === 1);
  clock.advance(1000); // the longest that a list is waited for before the request stands in line
  origin.release();
  expect(await codeOf(unknown)).toBe('voice_not_found');
  await (await other).arrayBuffer();
  expect(origin.spoken).toHaveLength(1);
});
