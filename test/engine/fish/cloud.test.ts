import { afterEach, describe, expect, test } from 'vitest';
import { defaultSampling } from '../../../src/core/request.ts';
import { type FakeCloud, type FakeCloudOptions, startFakeCloud } from '../../fake-origin/cloud.ts';
import { tone } from '../../fake-origin/tone.ts';
import { createFakeClock } from '../../stream/fake-clock.ts';
import { codeOf, held, open, place, poolOf, speak } from '../upstream/pool-support.ts';
import { anOrigin, bytesOf, nobodyLeaves } from './fish-client.ts';

const running: FakeCloud[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((cloud) => cloud.close()));
});

async function aCloud(options: Partial<FakeCloudOptions> = {}): Promise<FakeCloud> {
  const cloud = await startFakeCloud({ key: 'secret', ...options });
  running.push(cloud);
  return cloud;
}

const cloudPlace = (cloud: FakeCloud, more: object = {}): ReturnType<typeof place> =>
  place(cloud, { kind: 'fish-cloud', key: 'secret', model: 's2-pro', slots: 5, ...more });

test('it is asked in its own dialect, and what it streams is PCM', async () => {
  const cloud = await aCloud();
  const pool = poolOf([cloudPlace(cloud)]);
  const stream = await open(pool, 'One two', {
    voice: '7f92f8afb8ec43bf81429cc1c9199cb1',
    references: [{ audio: new Uint8Array([1, 2, 3]), text: 'Sample.' }],
    seed: 7,
    sampling: { ...defaultSampling, temperature: 0.5, topP: 0.6 },
  });
  expect(stream).toMatchObject({ rate: 44_100, channels: 1, engine: 'fish' });
  expect(await bytesOf(stream)).toEqual(Buffer.from(tone(0.6)));
  expect(cloud.calls).toMatchObject([
    {
      model: 's2-pro',
      contentType: 'application/msgpack',
      body: {
        text: 'One two',
        reference_id: '7f92f8afb8ec43bf81429cc1c9199cb1',
        references: [{ audio: Buffer.from([1, 2, 3]), text: 'Sample.' }],
        prosody: { speed: 1, volume: 0 },
        chunk_length: 200,
        normalize: true,
        format: 'wav',
        sample_rate: 44_100,
        latency: 'balanced',
        temperature: 0.5,
        top_p: 0.6,
      },
    },
  ]);
  expect(Object.keys(cloud.calls[0]?.body ?? {})).not.toContain('seed');
});

test.each([
  ['the request', { model: 's1' }, 's2-pro', 's1'],
  ['the origin', {}, 's2-pro', 's2-pro'],
])('the model is that of %s', async (_name, request, ofPlace, expected) => {
  const cloud = await aCloud();
  await speak(poolOf([cloudPlace(cloud, { model: ofPlace })]), 'Hi', request);
  expect(cloud.calls[0]?.model).toBe(expected);
});

test.each([
  { asked: { speed: 1.5, volumeDb: -6 }, done: { speed: 1.5, volumeDb: -6 } },
  { asked: { speed: 0.25, volumeDb: -40 }, done: { speed: 0.5, volumeDb: -20 } },
  { asked: { speed: 4, volumeDb: 40 }, done: { speed: 2, volumeDb: 20 } },
])('$asked is spoken by the cloud as far as $done, and the stream says so', async ({ asked, done }) => {
  const cloud = await aCloud();
  const stream = await open(poolOf([cloudPlace(cloud)]), 'One two', asked);
  expect(stream.prosody).toEqual(done);
  expect(cloud.calls[0]?.body.prosody).toEqual({ speed: done.speed, volume: done.volumeDb });
  expect((await bytesOf(stream)).length).toBe(tone(0.6 / done.speed).length);
});

test('a self-hosted origin leaves all of the speed and volume to be done', async () => {
  const stream = await open(poolOf([place(await anOrigin())]), 'One', { speed: 2, volumeDb: 3 });
  expect(stream.prosody).toBeUndefined();
  await bytesOf(stream);
});

test('a client that leaves ends the cloud’s work', async () => {
  const cloud = await aCloud({ misbehave: { chunkMs: 20, chunkBytes: 1000 } });
  const pool = poolOf([cloudPlace(cloud)]);
  const stream = await open(pool, 'One two three');
  await stream.body.cancel();
  await cloud.until(() => cloud.running === 0 && pool.running === 0);
  expect(cloud.calls[0]?.left).toBe(true);
});

describe('what the cloud refuses', () => {
  test.each([
    ['a wrong key', { key: 'other' }, '401: it does not accept our key'],
    ['an empty account', { credit: false }, '402: the account of our key has no credit left'],
  ])('%s is our fault: clients learn nothing, the log all', async (_name, options, logged) => {
    const cloud = await aCloud(options);
    const failure = await open(poolOf([cloudPlace(cloud)]), 'Hi').catch((error: Error) => error);
    expect(failure).toMatchObject({ error: { code: 'origin_unavailable' } });
    expect(String((failure as Error).cause)).toContain(`The origin answered ${logged}`);
  });

  test('too many requests at once wait as long as it says', async () => {
    const clock = createFakeClock();
    const cloud = await aCloud({ concurrency: 1 });
    const pool = poolOf([cloudPlace(cloud)], { retries: 2 }, { clock });
    const first = open(pool, `${held} one`);
    await cloud.until(() => cloud.calls.length === 1);
    const second = open(pool, 'two');
    await cloud.until(() => cloud.calls.length === 2);
    cloud.release();
    await bytesOf(await first);
    await cloud.until(() => cloud.running === 0 && pool.running === 0);
    clock.advance(100); // the pause before the retry, then the rest
    await cloud.until(() => pool.pending === 1);
    clock.advance(2000);
    expect((await bytesOf(await second)).length).toBeGreaterThan(0);
  });

  test('an unknown voice model is 404', async () => {
    const cloud = await aCloud({ models: ['known'] });
    const pool = poolOf([cloudPlace(cloud)]);
    expect(await speak(pool, 'Hi', { voice: 'known' })).toBeGreaterThan(0);
    expect(await codeOf(open(pool, 'Hi', { voice: 'unknown' }))).toBe('voice_not_found');
  });
});

test('its health is that of our account, and it has no references to manage', async () => {
  const pool = poolOf([cloudPlace(await aCloud())]);
  expect(await pool.health?.(nobodyLeaves())).toMatchObject({ healthy: true });
  expect(pool.fish).toBeUndefined();
  expect((await pool.voices()).map(({ id }) => id)).toEqual(['default']);
  const wrongKey = poolOf([cloudPlace(await aCloud(), { key: 'wrong' })]);
  expect(await wrongKey.health?.(nobodyLeaves())).toMatchObject({
    healthy: false,
    error: 'unexpected answer',
  });
});

test('a voice that self-hosted origins lack is asked of the cloud beside them', async () => {
  const [own, cloud] = [await anOrigin({ references: ['anna'] }), await aCloud()];
  const pool = poolOf([place(own), cloudPlace(cloud)]);
  await pool.voices();
  await speak(pool, 'Hi', { voice: 'anna' });
  await speak(pool, 'Hi', { voice: 'cloud-voice' });
  expect(own.spoken).toHaveLength(1);
  expect(cloud.calls).toHaveLength(1);
});
