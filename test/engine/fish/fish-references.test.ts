import { describe, expect, test } from 'vitest';
import type { FishApi } from '../../../src/core/engine.ts';
import type { FishOptions } from '../../../src/engine/fish/options.ts';
import { createReferenceChanges, type ReferenceChange } from '../../../src/engine/fish/options.ts';
import type { FakeOrigin } from '../../fake-origin.ts';
import { referenceAudio } from '../../reference-audio.ts';
import { createFakeClock, realClock } from '../../stream/fake-clock.ts';
import { engineFor } from '../upstream/pool-support.ts';
import { anOrigin, bytesOf, fishApi, nobodyLeaves, say } from './fish-client.ts';

const audio = referenceAudio();
const apiFor = (origin: FakeOrigin, more: Partial<FishOptions> = {}, clock = realClock): FishApi =>
  fishApi({ url: origin.url, ...more }, clock);

test('references are added, listed, renamed and deleted as the origin does it', async () => {
  const origin = await anOrigin({ key: 'k' });
  const api = apiFor(origin, { key: 'k' });
  await api.addReference({ id: 'my voice-1_b', audio, text: 'Xin chào.' }, nobodyLeaves());
  expect(origin.references.get('my voice-1_b')).toEqual({ text: 'Xin chào.', audio });
  expect(await api.listReferences(nobodyLeaves())).toEqual(['my voice-1_b']);
  await api.renameReference('my voice-1_b', 'zoe', nobodyLeaves());
  expect([...origin.references.keys()]).toEqual(['zoe']);
  await api.deleteReference('zoe', nobodyLeaves());
  expect(origin.references.size).toBe(0);
});

const change = {
  add: (api: FishApi) => api.addReference({ id: 'anna', audio, text: 'Hi' }, nobodyLeaves()),
  delete: (api: FishApi) => api.deleteReference('anna', nobodyLeaves()),
  rename: (api: FishApi) => api.renameReference('anna', 'zoe', nobodyLeaves()),
  list: (api: FishApi) => api.listReferences(nobodyLeaves()),
};

test.each([
  ['add', ['anna'], { code: 'reference_exists', id: 'anna' }],
  ['delete', [], { code: 'reference_not_found', id: 'anna' }],
  ['rename', [], { code: 'reference_not_found', id: 'anna' }],
  ['rename', ['anna', 'zoe'], { code: 'reference_exists', id: 'zoe' }],
] as const)('%s with %j there is told what is wrong', async (name, references, error) => {
  const origin = await anOrigin({ references });
  await expect(change[name](apiFor(origin))).rejects.toMatchObject({ error });
});

describe.each(Object.entries(change))('%s', (_name, run) => {
  test.each([
    [{ status: 500 }, 'origin_unavailable'],
    [{ status: 404 }, 'origin_unavailable'],
    [{ status: 409 }, 'origin_unavailable'],
    [{ status: 401 }, 'origin_unavailable'],
    [{ status: 400 }, 'invalid_value'],
    [{ status: 503 }, 'overloaded'],
    [{ answer: '<html>nginx</html>' }, 'origin_unavailable'],
    [{ answer: '{"success":false}' }, 'origin_unavailable'],
    [{ answer: 'x'.repeat(1_100_000) }, 'origin_unavailable'],
    [{ dies: true }, 'origin_unavailable'],
  ])('an origin with %j fails as %s and lets nothing of it out', async (trouble, code) => {
    const origin = await anOrigin({ references: ['anna'] });
    origin.trouble = trouble;
    const failure = await run(apiFor(origin)).then(
      () => undefined,
      (error: { error: unknown }) => error.error,
    );
    expect(failure).toMatchObject({ code });
    expect(JSON.stringify(failure)).not.toMatch(/opt|nginx|127\.0/);
  });

  test('a silent origin ends in a timeout and its socket closes', async () => {
    const origin = await anOrigin({ references: ['anna'] });
    origin.trouble = { silent: true };
    const clock = createFakeClock();
    const running = run(apiFor(origin, { firstByteTimeoutMs: 5000 }, clock));
    await origin.until(() => origin.requests.length === 1);
    clock.advance(5000);
    await expect(running).rejects.toMatchObject({ error: { code: 'timeout' } });
    await origin.until(() => origin.openSockets === 0);
    await expect.poll(() => clock.pending).toBe(0);
  });
});

test.each([
  [500, 1000, 'origin_unavailable'], // its words are waited for, a second
  [200, 5000, 'timeout'],
])('a %d that never ends is given up', async (endless, ms, code) => {
  const origin = await anOrigin();
  origin.trouble = { endless };
  const clock = createFakeClock();
  const listing = change.list(apiFor(origin, { firstByteTimeoutMs: 1e9, idleTimeoutMs: 5000 }, clock));
  const failing = expect(listing).rejects.toMatchObject({ error: { code } });
  await origin.until(() => {
    clock.advance(ms / 10);
    return origin.requests.length === 1 && origin.openSockets === 0;
  });
  await failing;
  await expect.poll(() => clock.pending).toBe(0);
});

test('a client that leaves stops the request', async () => {
  const origin = await anOrigin();
  origin.trouble = { silent: true };
  const client = new AbortController();
  const listing = apiFor(origin).listReferences(client.signal);
  await origin.until(() => origin.requests.length === 1);
  client.abort();
  await expect(listing).rejects.toMatchObject({ name: 'ClientGone' });
  await origin.until(() => origin.openSockets === 0);
});

test('who follows the changes hears what is there now, not what was refused, and what nobody knows', async () => {
  const origin = await anOrigin();
  const changes = createReferenceChanges();
  const heard: ReferenceChange[] = [];
  changes.follow((one) => void heard.push(one));
  changes.follow(() => Promise.reject(new Error('a follower of its own trouble')));
  const api = apiFor(origin, { changes });
  await change.add(api);
  await change.add(api).catch(() => {});
  await change.rename(api);
  await change.delete(api).catch(() => {});
  origin.trouble = { dies: true };
  await change.delete(api).catch(() => {});
  expect(heard).toEqual([
    { id: 'anna', present: true },
    { id: 'anna', present: false },
    { id: 'zoe', present: true },
    { id: 'anna', present: undefined },
  ]);
});

test('the voice list follows at once: a deleted voice is refused, an added one speaks', async () => {
  const origin = await anOrigin({ references: ['zoe'], secondsPerWord: 0.01 });
  const engine = engineFor(origin);
  const api = engine.fish as FishApi;
  expect((await engine.voices()).map(({ id }) => id)).toEqual(['default', 'zoe']);
  await api.deleteReference('zoe', nobodyLeaves());
  await change.add(api);
  const deleted = engine.open(say('Hi', { voice: 'zoe' }), nobodyLeaves());
  await expect(deleted).rejects.toMatchObject({ error: { code: 'voice_not_found' } });
  await bytesOf(await engine.open(say('Hi', { voice: 'anna' }), nobodyLeaves()));
  expect(origin.spoken.map(({ body }) => body)).toMatchObject([{ reference_id: 'anna' }]);
});
