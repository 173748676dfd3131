import { expect, test } from 'vitest';
import { Catalog } from '../../../src/engine/onnx/packs/catalog.ts';

const joe = 'en_US-joe-medium';
const kokoro = 'kokoro-82m-v1.0';
const both = [joe, kokoro].map((id) => ({ id, revision: '0', files: {} }));

test.each(['alloy', 'Nova', 'echo', 'shimmer', 'default', undefined])(
  '%s never means a voice of another pack than the default one',
  (name) => {
    expect(new Catalog(both, '', false).find(name).voice.id).toBe(joe);
  },
);

test.each([
  ['af_heart', 'alloy', 'af_alloy'],
  [kokoro, 'Nova', 'af_nova'],
  ['af_heart', 'shimmer', 'af_heart'],
  ['alloy', undefined, 'af_alloy'],
  [joe, 'af_alloy', 'af_alloy'],
])('where %s speaks by default, %s means %s', (preferred, name, id) => {
  expect(new Catalog(both, preferred, false).find(name).voice.id).toBe(id);
});

test('a pack tells the languages of those of its voices that can speak here, and its licence', () => {
  expect(new Catalog(both, kokoro, false).packs).toEqual([
    { id: kokoro, languages: ['en-US', 'en-GB'], license: 'Apache-2.0' },
    { id: joe, languages: ['en-US'], license: 'CC0-1.0' },
  ]);
  expect(new Catalog(both, joe, true).packs[1]?.languages).toEqual([
    'en-US',
    'en-GB',
    'es-ES',
    'fr-FR',
    'hi-IN',
    'it-IT',
    'pt-BR',
  ]);
});
