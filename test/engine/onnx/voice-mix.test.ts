import { expect, test } from 'vitest';
import { findVoice } from '../../../src/core/voices.ts';
import { Catalog } from '../../../src/engine/onnx/packs/catalog.ts';
import { joe, kokoro, missing, open, readAll, realEngine, say } from './onnx-support.ts';

const installed = [joe, kokoro].map((id) => ({ id, revision: '0', files: {} }));
const { voices } = new Catalog(installed, 'af_heart', false);

test.each([
  ['af_heart(2)+am_adam', 'af_heart(0.667)+am_adam(0.333)'],
  ['am_adam + AF_HEART ( 2 )', 'am_adam(0.333)+af_heart(0.667)'],
  ['am_adam+am_adam(3)', 'am_adam'],
  ['alloy+echo', 'af_alloy(0.5)+am_echo(0.5)'],
  ['bf_emma(0.5)+bm_george(0.5)', 'bf_emma(0.5)+bm_george(0.5)'],
])('%s is one voice with one name: %s', (name, id) => {
  const voice = findVoice(name, voices);
  expect(voice?.id).toBe(id);
  expect(findVoice(id, voices)?.id).toBe(id);
});

test('a mix speaks the language of its first voice', () => {
  const mix = findVoice('bf_emma+af_heart', voices);
  expect(mix?.language).toBe('en-GB');
  expect(findVoice(mix?.id ?? '', voices)?.language).toBe('en-GB');
});

test.each([
  'af_heart+',
  '+af_heart',
  'af_heart+nobody',
  'af_heart(0)+am_adam',
  'af_heart(101)+am_adam',
  'af_heart(1e9)+am_adam',
  'af_heart(-1)+am_adam',
  `af_heart+${joe}`,
  Array(9).fill('af_heart').join('+'),
  `af_heart+${'a'.repeat(300)}`,
  'af_heart()+am_adam',
])('%s is no voice', (name) => {
  expect(findVoice(name, voices)).toBeUndefined();
});

const skipped = missing(kokoro);
test.skipIf(skipped)(
  `a mix sounds unlike its voices${skipped ? ` (${skipped})` : ''}`,
  { timeout: 180_000 },
  async () => {
    const engine = realEngine({ voice: kokoro });
    const said: Buffer[] = [];
    for (const voice of ['af_heart', 'am_adam', 'am_adam+af_heart'])
      said.push(Buffer.from(await readAll((await open(engine, say('Yes.', { voice }))).body)));
    await engine.close?.();
    expect(new Set(said.map((pcm) => pcm.toString('base64'))).size).toBe(3);
    for (const pcm of said) expect(pcm.length).toBeGreaterThan(10_000);
  },
);
