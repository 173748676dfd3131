import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { hasRuntime, type RunningServer, type Runtime, startServer } from '../conformance/server.ts';
import { type FakeOrigin, startFakeOrigin } from '../fake-origin.ts';
import { recordingAudio } from '../reference-audio.ts';
import { missingRedis, startRedis } from './redis-server.ts';
import { missingS3, startS3 } from './s3-server.ts';

let origin: FakeOrigin;
beforeAll(async () => {
  origin = await startFakeOrigin();
});
afterAll(() => origin.close());

async function server(
  runtime: Runtime,
  env: Readonly<Record<string, string>>,
  runtimeArgs: readonly string[] = [],
): Promise<RunningServer> {
  const common = { FISH_BACKEND: origin.url, FISH_FALLBACK: 'false', FISH_CACHE: 'on' };
  const running = await startServer(runtime, { env: { ...common, ...env }, runtimeArgs });
  onTestFinished(() => running.stop());
  return running;
}

async function add({ url }: RunningServer): Promise<string> {
  const form = new FormData();
  form.set('name', 'My voice');
  form.set('transcript', 'What is said in the recording.');
  form.set('consent', 'Ada Lovelace, in writing');
  form.set('reference', new Blob([recordingAudio()]), 'voice.wav');
  const added = await fetch(`${url}/v1/voices`, { method: 'POST', body: form });
  expect(added.status).toBe(201);
  return ((await added.json()) as { id: string }).id;
}

async function speak({ url }: RunningServer, voice: string, input: string): Promise<number> {
  const spoken = await fetch(`${url}/v1/audio/speech`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ input, voice, response_format: 'wav' }),
  });
  await spoken.arrayBuffer();
  return spoken.status;
}

const nameOf = async ({ url }: RunningServer, id: string): Promise<unknown> =>
  ((await (await fetch(`${url}/v1/voices/${id}`)).json()) as { name?: string }).name;

const askedLast = () => origin.spoken.at(-1)?.body as { references?: readonly { audio: Uint8Array }[] };

/** What the voice of one server is on another, which has the same store. */
async function goesOn(before: RunningServer, after: () => Promise<RunningServer>): Promise<void> {
  const id = await add(before);
  expect(await speak(before, id, 'Said before.')).toBe(200);
  const recording = askedLast().references?.[0]?.audio;
  const next = await after();
  expect(await nameOf(next, id)).toBe('My voice');
  expect(await speak(next, id, 'Said after.')).toBe(200);
  expect(Buffer.compare(askedLast().references?.[0]?.audio ?? Buffer.of(), recording ?? Buffer.of(0))).toBe(
    0,
  );
  const renamed = await fetch(`${next.url}/v1/voices/${id}`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
    body: '{"name":"Another name"}',
  });
  expect(renamed.status).toBe(200);
  expect(await speak(next, 'another name', 'Said by its name.')).toBe(200);
  expect((await fetch(`${next.url}/v1/voices/${id}`, { method: 'DELETE' })).status).toBe(200);
  expect(await speak(next, id, 'Said before.')).toBe(404);
}

const runtimes: readonly Runtime[] = ['node', 'bun', 'deno'];

describe.each(runtimes.filter(hasRuntime))('a voice of one’s own on %s', (runtime) => {
  test('outlives kill -9, and what is deleted is gone after another', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'fish-edge-voices-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const env = { FISH_DATA_DIR: folder, FISH_STATE: 'sqlite' };
    const allowed = runtime === 'deno' ? [`--allow-read=${folder}`, `--allow-write=${folder}`] : [];
    const start = (): Promise<RunningServer> => server(runtime, env, allowed);
    const first = await start();
    await goesOn(first, async () => {
      first.signal('SIGKILL');
      await first.exited;
      return start();
    });
    const { url } = await start();
    const { data } = (await (await fetch(`${url}/v1/voices`)).json()) as { data: { category?: string }[] };
    expect(data.filter(({ category }) => category === 'cloned')).toEqual([]);
  });
});

const missing = missingRedis ?? missingS3;

test.skipIf(missing)(
  `a voice that one server takes is another's too, with Redis and an S3-compatible store${missing ? ` (skipped: ${missing})` : ''}`,
  async () => {
    const [redis, s3] = await Promise.all([startRedis(), startS3('voices')]);
    onTestFinished(async () => void (await Promise.all([redis.kill(), s3.kill()])));
    const env = {
      FISH_STATE: redis.url,
      FISH_FILES: s3.bucket('voices'),
      FISH_S3_ACCESS_KEY: s3.accessKey,
      FISH_S3_SECRET_KEY: s3.secretKey,
    };
    const [one, other] = [await server('node', env), await server('bun', env)];
    await goesOn(one, async () => other);
  },
);
