import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { convertV4MiniflareOptions, Miniflare } from 'miniflare';
import { expect, onTestFinished, test } from 'vitest';
import { buildBundle } from '../conformance/workerd.ts';
import { startFakeOrigin } from '../fake-origin.ts';
import { recordingAudio } from '../reference-audio.ts';

test('a voice of one’s own on Workers lies in R2 and the Durable Object, and outlives them', async () => {
  const bundle = buildBundle();
  const kept = mkdtempSync(join(tmpdir(), 'fish-edge-voices-'));
  const origin = await startFakeOrigin();
  let worker: Miniflare | undefined;
  onTestFinished(async () => {
    await worker?.dispose();
    await origin.close();
    rmSync(kept, { recursive: true, force: true });
  });
  const start = (): Miniflare => {
    const wasm = readdirSync(bundle).filter((file) => file.endsWith('.wasm'));
    const options = convertV4MiniflareOptions({
      modulesRoot: bundle,
      modules: [
        { type: 'ESModule', path: join(bundle, 'worker.js') },
        ...wasm.map((file) => ({ type: 'CompiledWasm' as const, path: join(bundle, file) })),
      ],
      compatibilityDate: '2026-11-01',
      compatibilityFlags: ['enable_request_signal'],
      bindings: { FISH_BACKEND: origin.url, FISH_LOG_LEVEL: 'error' },
      durableObjects: { POOL: { className: 'Pool', useSQLite: true } },
      r2Buckets: ['VOICES'],
    });
    return new Miniflare({ ...options, resourcePersistencePath: kept });
  };
  const ask = async (
    path: string,
    method: string,
    body: string | Uint8Array<ArrayBuffer>,
    type = 'application/json',
  ) => {
    const init = { method, headers: { 'content-type': type }, ...(method !== 'GET' && { body }) };
    const response = await worker?.dispatchFetch(`http://worker${path}`, init as object);
    return { status: response?.status, text: (await response?.text()) ?? '' };
  };
  const speak = async (voice: string, input: string): Promise<number | undefined> =>
    (await ask('/v1/audio/speech', 'POST', JSON.stringify({ input, voice, response_format: 'wav' }))).status;
  const heard = (): Uint8Array | undefined =>
    (origin.spoken.at(-1)?.body as { references?: { audio: Uint8Array }[] } | undefined)?.references?.[0]
      ?.audio;

  worker = start();
  const fields = { name: 'My voice', transcript: 'What is said.', consent: 'Ada Lovelace, in writing' };
  const reference = Buffer.from(recordingAudio()).toString('base64');
  const added = await ask('/v1/voices', 'POST', JSON.stringify({ ...fields, reference }));
  expect(added).toMatchObject({ status: 201 });
  const { id } = JSON.parse(added.text) as { id: string };
  expect(await speak(id, 'Said before.')).toBe(200);
  const recording = heard();

  await worker.dispose();
  worker = start();
  expect(JSON.parse((await ask(`/v1/voices/${id}`, 'GET', '')).text)).toMatchObject({ name: 'My voice' });
  expect(await speak(id, 'Said after.')).toBe(200);
  expect(Buffer.compare(heard() ?? Buffer.of(), recording ?? Buffer.of(0))).toBe(0);
  expect((await ask(`/v1/voices/${id}`, 'PATCH', '{"name":"Another name"}')).status).toBe(200);
  expect(await speak('another name', 'Said by its name.')).toBe(200);
  expect((await ask(`/v1/voices/${id}`, 'DELETE', '')).status).toBe(200);
  expect(await speak(id, 'Said before.')).toBe(404);
}, 120_000);
