import { expect, test } from 'vitest';
import { spawnInference } from '../../../src/adapters/inference/spawn.ts';
import type { InstalledPack } from '../../../src/core/ports.ts';
import { createOnnxEngine } from '../../../src/engine/onnx/engine.ts';
import { record } from './onnx-recorder.ts';
import { clock, joe, kokoro, open, say } from './onnx-support.ts';

const nowhere = (id: string): InstalledPack => ({ id, revision: '0', files: {} });
const recorder = record(spawnInference);
const engineOf = (packs: readonly InstalledPack[], voice?: string) =>
  createOnnxEngine(
    { workers: 1, threads: 1, runtime: async () => 'wasm', voice },
    { packs: async () => packs, spawnInference: recorder.spawn, clock },
  );
const engine = engineOf([nowhere(joe), nowhere(kokoro)]);
const reference = { audio: new Uint8Array(4), text: 'me' };

test.each([
  ['an unknown voice', say('Hello.', { voice: 'nobody' }), { code: 'voice_not_found', voice: 'nobody' }],
  ['references', say('Hello.', { references: [reference] }), { code: 'invalid_value', param: 'references' }],
  ['a blank text', say(' \n\t'), { code: 'invalid_value', param: 'text' }],
  ['a text of emoji', say('🎉🎉 🙂'), { code: 'invalid_value', param: 'text' }],
  [
    'a text in another script',
    say('世界は広い'),
    {
      code: 'invalid_value',
      param: 'text',
      message: 'This voice speaks American English; the text is written in Chinese characters.',
    },
  ],
  ['a text of punctuation', say('... ?!'), { code: 'invalid_value', param: 'text' }],
])('%s is refused and starts no worker', async (_, request, error) => {
  await expect(open(engine, request)).rejects.toMatchObject({ error });
  expect(recorder.spawned()).toBe(0);
});

test('without any voice, or without the one that was chosen, it says so', async () => {
  await expect(open(engineOf([]), say('Hello.'))).rejects.toMatchObject({
    error: { code: 'engine_unavailable', message: 'No voice is installed.' },
  });
  await expect(open(engineOf([nowhere(joe)], 'af_heart'), say('Hello.'))).rejects.toMatchObject({
    error: { code: 'engine_unavailable', message: 'The default voice af_heart is not installed.' },
  });
  expect(recorder.spawned()).toBe(0);
});

test('the default voice comes first, named by its id or its pack', async () => {
  const packs = [nowhere(joe), nowhere(kokoro)];
  for (const [named, id] of [
    ['', joe],
    [kokoro, 'af_heart'],
    ['bm_george', 'bm_george'],
    ['echo', 'am_echo'],
  ]) {
    const [first, ...others] = await engineOf(packs, named).voices();
    expect(first?.id).toBe(id);
    expect(others.map((voice) => voice.id)).not.toContain(id);
  }
});

test('a voice whose files are gone is unavailable, by a message that names no file', async () => {
  const broken = engineOf([nowhere(joe)]);
  await expect(open(broken, say('Hello.'))).rejects.toMatchObject({
    error: { code: 'engine_unavailable', message: 'The voice could not be loaded.' },
  });
  await broken.close?.();
});

test.each(['', 'nobody'])('without a voice, or the default %j, it is not healthy', async (voice) => {
  const health = await engineOf([], voice).health?.(new AbortController().signal);
  expect(health).toEqual({ healthy: false, error: 'no voice' });
});
