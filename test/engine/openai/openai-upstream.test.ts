import { afterEach, describe, expect, test } from 'vitest';
import { openaiVoices } from '../../../src/core/voices.ts';
import {
  type FakeOpenai,
  type FakeOpenaiOptions,
  startFakeOpenai,
  trouble,
  wordBytes,
} from '../../fake-openai.ts';
import { createFakeClock } from '../../stream/fake-clock.ts';
import { bytesOf, nobodyLeaves } from '../fish/fish-client.ts';
import { codeOf, open, type Place, place, poolOf, speak } from '../upstream/pool-support.ts';

const running: FakeOpenai[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.close()));
});

async function aServer(options: FakeOpenaiOptions = {}): Promise<FakeOpenai> {
  const server = await startFakeOpenai(options);
  running.push(server);
  return server;
}

const openai = ({ url }: { readonly url: string }, more: Partial<Place> = {}): Place =>
  place({ url }, { kind: 'openai', ...more });

describe('a request to a server of OpenAI’s dialect', () => {
  test('asks for PCM, with the key, the model and a voice of the server', async () => {
    const server = await aServer({ key: 'secret' });
    const stream = await open(poolOf([openai(server, { key: 'secret', model: 'kokoro' })]), 'One two \ud800');
    expect(stream).toMatchObject({ engine: 'openai', rate: 24_000, channels: 1, prosody: undefined });
    expect((await bytesOf(stream)).length).toBe(3 * wordBytes);
    expect(server.calls[0]?.headers.authorization).toBe('Bearer secret');
    expect(server.calls[0]?.body).toEqual({
      model: 'kokoro',
      input: 'One two \ufffd',
      voice: 'alloy',
      response_format: 'pcm',
    });
  });

  test('tells how to speak, and passes the speed on where the server is said to heed it', async () => {
    const server = await aServer();
    const pool = poolOf([openai(server, { nativeSpeed: true })]);
    const stream = await open(pool, 'Hi', { speed: 1.5, instructions: 'Softly.', volumeDb: 6 });
    expect(stream.prosody).toEqual({ speed: 1.5, volumeDb: 0 });
    await bytesOf(stream);
    expect(server.calls[0]?.body).toMatchObject({ speed: 1.5, instructions: 'Softly.' });
    await speak(poolOf([openai(server)]), 'Hi', { speed: 1.5 });
    expect(server.calls[1]?.body).not.toHaveProperty('speed');
    expect([pool.abilities.changesPace, poolOf([openai(server)]).abilities.changesPace]).toEqual([
      true,
      false,
    ]);
  });

  test.each([
    ['wav', undefined, 44_100], // as its header says
    ['pcm', 16_000, 16_000],
  ] as const)('%s at %s', async (format, sampleRate, rate) => {
    const server = await aServer();
    const stream = await open(poolOf([openai(server, { format, sampleRate })]), 'Hi');
    expect(stream.rate).toBe(rate);
    expect((await bytesOf(stream)).length).toBe(wordBytes);
    expect(server.calls[0]?.body.response_format).toBe(format);
  });

  test('what comes is known by its first bytes, not by what was asked for', async () => {
    const server = await aServer();
    const said = async (contentType: string): Promise<number> =>
      (await open(poolOf([openai(server)]), `[[contentType=${contentType}]] Hi`)).rate;
    expect(await said('audio/pcm;rate=48000')).toBe(48_000);
    expect(await codeOf(said('audio/mpeg'))).toBe('origin_unavailable');
  });

  test('an address may end with /v1, as OPENAI_BASE_URL is written', async () => {
    const server = await aServer();
    await speak(poolOf([openai({ url: `${server.url}/v1` })]), 'Hi');
    expect(server.calls).toHaveLength(1);
  });

  test('a client that leaves ends the server’s work', async () => {
    const server = await aServer({ misbehave: { chunkMs: 20, chunkBytes: 500 } });
    const pool = poolOf([openai(server)]);
    const stream = await open(pool, 'One two three');
    await stream.body.cancel();
    await server.until(() => server.running === 0 && pool.running === 0);
    expect(server.calls[0]?.left).toBe(true);
  });
});

describe('its voices', () => {
  test.each([
    ['names', { voices: ['af_heart', 'bm_lewis'] }, ['af_heart', 'bm_lewis']],
    [
      'objects',
      { voices: [{ id: 'b', name: 'B' }, { voice_id: 'c' }, { name: 'd' }, 5, null, {}] },
      ['b', 'c', 'd'],
    ],
    ['a list alone', ['x', 'y'], ['x', 'y']],
    ['OpenAI’s lists', { object: 'list', data: [{ id: 'x' }] }, ['x']],
    ['the default one first', { voices: ['af_heart', 'alloy', 'zoe'] }, ['alloy', 'af_heart', 'zoe']],
    ['fish-edge’s own', { voices: [{ id: 'anna' }, { id: 'default' }] }, ['default', 'anna']],
    ['control characters', { voices: ['a\nb', 'x'.repeat(200), 'fine'] }, ['fine']],
    ['no such route', undefined, [...openaiVoices]],
  ])('as %s', async (_name, voices, expected) => {
    const server = await aServer({ voices });
    const pool = poolOf([openai(server)]);
    expect((await pool.voices()).map(({ id }) => id)).toEqual(expected);
    await speak(pool, 'Hi');
    expect(server.calls[0]?.body.voice).toBe(expected[0]);
    await speak(pool, 'Hi', { voice: expected.at(-1) });
    expect(server.calls[1]?.body.voice).toBe(expected.at(-1));
  });

  test('a voice that the list lacks is refused without asking, OpenAI’s names mean the default one', async () => {
    const server = await aServer({ voices: { voices: ['af_heart'] } });
    const pool = poolOf([openai(server)]);
    expect(await codeOf(open(pool, 'Hi', { voice: 'nobody' }))).toBe('voice_not_found');
    await speak(pool, 'Hi', { voice: 'nova' });
    expect(server.calls.map(({ body }) => body.voice)).toEqual(['af_heart']);
  });

  test('of the operator’s list are asked for no list, and the first one is the default', async () => {
    const server = await aServer();
    const pool = poolOf([openai(server, { voices: ['zoe', 'anna'] })]);
    expect((await pool.voices()).map(({ id }) => id)).toEqual(['zoe', 'anna']);
    await speak(pool, 'Hi');
    await speak(pool, 'Hi', { voice: 'anna' });
    expect(await codeOf(open(pool, 'Hi', { voice: 'bob' }))).toBe('voice_not_found');
    expect(server.calls.map(({ body }) => body.voice)).toEqual(['zoe', 'anna']);
    expect(server.paths).not.toContain('/v1/audio/voices');
  });

  test('a list that is broken is none: any name is passed on, and 400 is what it was', async () => {
    const server = await aServer({ voices: 'oops', speaks: ['alloy'] });
    const pool = poolOf([openai(server)]);
    const spoken = await open(pool, 'Hi', { voice: 'alloy' });
    expect(spoken.voiceConfirmed).toBe(false);
    await bytesOf(spoken);
    expect(await codeOf(open(pool, 'Hi', { voice: 'nobody' }))).toBe('invalid_value');
  });
});

describe('what it refuses', () => {
  const voiceError = '{"error":{"message":"no","param":"voice","code":null}}';
  test.each([
    ['[[status=400]]', 'invalid_value'],
    ['[[status=401]]', 'origin_unavailable'],
    ['[[status=402]]', 'origin_unavailable'],
    ['[[status=403]]', 'origin_unavailable'],
    ['[[status=404]]', 'origin_unavailable'],
    ['[[status=413]]', 'request_too_large'],
    ['[[status=422]]', 'invalid_value'],
    ['[[status=429]] [[retryAfter=7]]', 'overloaded'],
    ['[[status=500]]', 'invalid_value'], // it lives: the request may be to blame
    ['[[status=500]] [[answer=no]]', 'origin_unavailable'],
    ['[[status=502]]', 'origin_unavailable'],
    ['[[status=503]]', 'overloaded'],
    [`[[status=400]] [[answer=${voiceError}]]`, 'voice_not_found'],
    ['[[status=404]] [[answer={"error":{"code":"voice_not_found"}}]]', 'voice_not_found'],
    [`[[answer={"error":{"message":"${trouble}"}}]]`, 'origin_unavailable'],
    ['[[answer={"error":"x"}]] [[contentType=audio/pcm]]', 'origin_unavailable'],
    ['[[dieBeforeHeaders]]', 'origin_unavailable'],
  ])('%s is %s', async (marker, code) => {
    const server = await aServer();
    const pool = poolOf([openai(server)]);
    const failure = await open(pool, `${marker} Hi`, { voice: 'nova' }).catch((error: Error) => error);
    expect(failure).toMatchObject({ error: { code } });
    expect(JSON.stringify(failure) + (failure as Error).message).not.toMatch(/CUDA|127\.0/);
  });

  test('a default voice that it does not know is no mistake of the client', async () => {
    const server = await aServer();
    const text = `[[status=400]] [[answer=${voiceError}]] Hi`;
    expect(await codeOf(open(poolOf([openai(server)]), text))).toBe('origin_unavailable');
  });

  test('429 is asked for elsewhere at once, and left alone for as long as it said', async () => {
    const busy = await aServer({ misbehave: { status: 429, retryAfter: '7' } });
    const free = await aServer();
    const pool = poolOf([openai(busy), openai(free)], { retries: 2, random: () => 0.5 });
    for (let i = 0; i < 4; i++) await speak(pool, `Number ${i}`);
    expect([busy.calls.length <= 1, free.calls.length]).toEqual([true, 4]);
  });

  test('the first-byte deadline ends what hangs', async () => {
    const server = await aServer();
    const clock = createFakeClock();
    const pool = poolOf([openai(server, { voices: ['a'] })], { firstByteTimeoutMs: 5000 }, { clock });
    const opening = open(pool, '[[silent]] Hi');
    await server.until(() => server.calls.length === 1);
    clock.advance(5000);
    await expect(opening).rejects.toMatchObject({ error: { code: 'timeout', stage: 'first-audio' } });
    await server.until(() => server.running === 0);
  });

  test('its health is that of its list of models', async () => {
    const server = await aServer({ key: 'right' });
    const healthOf = async (key: string): Promise<unknown> =>
      (await poolOf([openai(server, { key })]).health?.(nobodyLeaves()))?.origins;
    expect(await healthOf('right')).toMatchObject([{ healthy: true, version: 'openai' }]);
    expect(await healthOf('wrong')).toMatchObject([{ healthy: false, error: 'unexpected answer' }]);
  });
});
