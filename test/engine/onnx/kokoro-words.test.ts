import * as ort from 'onnxruntime-web';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addOutput } from '../../../src/engine/onnx/families/kokoro.ts';
import { toBritish } from '../../../src/engine/onnx/phonemes/english.ts';
import { toMisaki } from '../../../src/engine/onnx/phonemes/misaki.ts';
import { rewritePlaces } from '../../../src/engine/onnx/phonemes/rewrite-places.ts';
import { sentences } from '../../roundtrip/sentences.ts';
import { pronounce } from '../phonemes/local-pronounce.ts';
import { kokoro, missing, open, readAll, realEngine, say } from './onnx-support.ts';
import { channels, hop, noise, tinyPiper } from './tiny-graph.ts';

describe('a model', () => {
  beforeAll(() => {
    ort.env.wasm.numThreads = 1;
    ort.env.logLevel = 'error';
  });

  test('gives out an inner tensor that was added to its outputs, after those it had', async () => {
    const symbols = 12;
    const session = await ort.InferenceSession.create(addOutput(tinyPiper(), 'whole'));
    expect(session.outputNames).toEqual(['audio', 'whole']);
    const { audio, whole } = await session.run({
      input: new ort.Tensor('float32', noise(channels * symbols, 42), [1, channels, symbols]),
      scales: new ort.Tensor('float32', Float32Array.of(0, 1, 0), [3]),
    });
    const frames = Array.from(whole?.data as Float32Array);
    expect(frames).toHaveLength(symbols);
    expect(frames.reduce((sum, count) => sum + count, 0) * hop).toBe(audio?.data.length);
  });

  test('has no room for a name that is too long', () => {
    expect(() => addOutput(tinyPiper(), 'x'.repeat(200))).toThrow(RangeError);
  });
});

describe('places in sounds that are written otherwise', () => {
  const misaki = (ipa: string): string => toMisaki(ipa, 'en-US');

  /** The sounds of words that are parted by `|` or a space, after `rewrite`. */
  function rewritten(parted: string, rewrite: (ipa: string) => string): string[] {
    const words: { from: number; to: number }[] = [];
    let ipa = '';
    for (const piece of parted.split(/(?=[| .,])/)) {
      const plain = piece.replace(/[|]/, '');
      const lead = /^[ ]/.test(plain) ? 1 : 0;
      if (/\p{L}/u.test(plain)) words.push({ from: ipa.length + lead, to: ipa.length + plain.length });
      ipa += plain;
    }
    const moved = rewritePlaces(ipa, words, rewrite);
    return moved.places.map(({ from, to }) => moved.ipa.slice(from, to));
  }

  test('follow longer and shorter symbols', () => {
    expect(rewritten('tʃˈɜːtʃ, ɡˌoʊ', misaki)).toEqual(['ʧˈɜɹʧ', 'ɡˌO']);
  });

  test('follow words that are said as one, which are parted', () => {
    expect(rewritten('kˈʌm ɪn|ðə dˈoːɹ.', misaki)).toEqual(['kˈʌm', 'ɪn', 'ðə', 'dˈɔɹ']);
    expect(rewritten('wˈʌn əv|ə kˈaɪnd', misaki)).toEqual(['wˈʌn', 'ʌv', 'ə', 'kˈInd']);
  });

  test('follow letters, and an R that depends on the next word', () => {
    expect(rewritten('ˌaɪ|bˌiː|ˈɛm', misaki)).toEqual(['ˌI', 'bˌi', 'ˈɛm']);
    expect(rewritten('fˈɑːɹ ɐwˈeɪ, fˈɑːɹ', toBritish)).toEqual(['fˈɑːɹ', 'ɐwˈeɪ', 'fˈɑː']);
  });

  test('are found in the sentences of the round trip, each in its word', async () => {
    for (const { text } of sentences) {
      const { phonemes, words } = await pronounce(text, 'en-US');
      const moved = rewritePlaces(phonemes, words, misaki);
      expect(moved.ipa).toBe(misaki(phonemes));
      expect(moved.places).toHaveLength(words.length);
      for (const [at, { from, to }] of moved.places.entries()) {
        const before = phonemes.slice(words[at]?.from, words[at]?.to);
        const after = moved.ipa.slice(from, to);
        expect(after.trim()).toBe(after);
        // nothing of a neighbour: what is no part of a pair is what it would be alone
        if (after !== misaki(before)) expect(after.length).toBeLessThan(6);
      }
    }
  });
});

const noKokoro = missing(kokoro);
describe.skipIf(noKokoro)(`Kokoro${noKokoro ? ` (${noKokoro})` : ''}`, { timeout: 180_000 }, () => {
  const engine = realEngine({ voice: 'af_heart' });
  afterAll(() => engine.close?.());

  test.each(['af_heart', 'bm_george'])(
    'tells when words are heard: %s begins them with their sound',
    async (voice) => {
      const { body, rate, words } = await open(engine, say('Only Emma knew, and nobody asked.', { voice }));
      const pcm = await readAll(body);
      const samples = new Int16Array(pcm.buffer, 0, pcm.length >> 1);
      const told = words?.() ?? [];
      expect(told.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5]);
      const loudness = (from: number, to: number): number =>
        Math.sqrt(samples.subarray(from, to).reduce((sum, each) => sum + each ** 2, 0) / (to - from));
      const tenth = rate / 10;
      for (const first of [told[0], told[3]]) {
        const at = first?.start ?? 0;
        expect(loudness(at, at + tenth)).toBeGreaterThan(5 * loudness(at - tenth, at - tenth / 2));
      }
      expect(told.at(-1)?.end).toBeLessThanOrEqual(samples.length);
    },
  );
});
