import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { defaultSampling, type SpeechRequest } from '../../src/core/request.ts';
import { fingerprint } from '../../src/speech/fingerprint.ts';

const request: SpeechRequest = {
  text: 'Café',
  speed: 1,
  references: [],
  sampling: defaultSampling,
  whole: false,
};
const speaker = { engine: 'fish', voice: 'anna' };
const reference = { audio: Uint8Array.of(1, 2, 3), text: 'one' };
const base = fingerprint({ ...request, references: [reference] }, speaker);

test.each<[string, Partial<SpeechRequest>]>([
  ['who asks', { client: 'somebody' }],
  ['how it is delivered', { whole: true }],
  ['the place in a text', { isContinuation: true, utteranceId: {} }],
  ['a seed of our own', { ownSeed: 7 }],
  ['the form of its characters and space around it', { text: ' Cafe\u0301\n' }],
  ['nothing said instead of the usual', { volumeDb: 0, model: '', pronunciations: [], phonemeOverrides: [] }],
  ['equal bytes of a reference', { references: [{ audio: Uint8Array.of(1, 2, 3), text: 'one' }] }],
])('does not depend on %s', async (_, change) => {
  const other = { ...request, references: [reference], ...change };
  expect(await fingerprint(other, speaker)).toBe(await base);
});

test.each<[string, Partial<SpeechRequest>]>([
  ['the text', { text: 'Cafe' }],
  ['the speed', { speed: 1.1 }],
  ['the volume', { volumeDb: 3 }],
  ['the seed', { seed: 7 }],
  ['how a word sounds', { phonemeOverrides: [{ word: 'Café', ipa: 'kæfeɪ' }] }],
  ['what it was taught', { pronunciations: [{ id: '1', word: 'Café', alias: 'coffee house' }] }],
  ['the model', { model: 's2' }],
  ['the reference', { references: [{ audio: Uint8Array.of(1, 2, 4), text: 'one' }] }],
  ['the words of the reference', { references: [{ ...reference, text: 'two' }] }],
  ['the number of references', { references: [reference, reference] }],
  ['the temperature', { sampling: { ...defaultSampling, temperature: 0.7 } }],
  ['the length of chunks', { sampling: { ...defaultSampling, chunkLength: 100 } }],
])('depends on %s', async (_, change) => {
  const other = { ...request, references: [reference], ...change };
  expect(await fingerprint(other, speaker)).not.toBe(await base);
});

test('depends on the engine and on the voice as it is now', async () => {
  const same = { ...request, references: [reference] };
  expect(await fingerprint(same, { ...speaker, engine: 'onnx' })).not.toBe(await base);
  expect(await fingerprint(same, { ...speaker, voice: 'anna@2' })).not.toBe(await base);
  expect(await base).toMatch(/^[0-9a-f]{64}$/);
});

test('is hashed by what the runtime has for it, which takes no thread, to the same digits', async () => {
  let hashed = 0;
  const running = () => {
    const hash = createHash('sha256');
    hashed += 1;
    return {
      update: (bytes: Uint8Array) => void hash.update(bytes),
      digest: async () => new Uint8Array(hash.digest()),
    };
  };
  expect(await fingerprint(request, speaker, running)).toBe(await fingerprint(request, speaker));
  expect(hashed).toBe(1);
});
