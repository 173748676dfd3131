import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { loadEspeak } from '../../../src/engine/onnx/phonemes/espeak.ts';
import { pronounce } from './local-pronounce.ts';
import { PIPER_SYMBOLS, phonemeErrorRate } from './phonemes-error.ts';

interface Line {
  readonly voice: string;
  readonly language: string;
  readonly text: string;
  readonly phonemes: string;
}

/** By voice of espeak-ng. */
const lines = Map.groupBy(
  readFileSync(new URL('../../data/piper-phonemes.txt', import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line): Line => {
      const [voice = '', language = '', text = '', phonemes = ''] = line.split(' | ');
      return { voice, language, text, phonemes };
    }),
  ({ voice }) => voice,
);

/** The package has an older espeak-ng than Piper, whose Portuguese and Swedish were made anew since. */
const older: Readonly<Record<string, number>> = { 'pt-br': 0.21, sv: 0.27 };

const isThere = (await loadEspeak('en-us')) !== undefined;
const reason = isThere ? '' : ' (skipped: @echogarden/espeak-ng-emscripten is not installed)';

describe.skipIf(!isThere)(`what a Piper voice reads in other languages${reason}`, () => {
  test('is compared in more than twenty', () => {
    expect(lines.size).toBeGreaterThan(20);
  });

  test.each([...lines.keys()])('is what Piper itself gives a voice of %s', async (voice) => {
    const pairs = [];
    for (const { language, text, phonemes } of lines.get(voice) ?? []) {
      const ours = (await pronounce(text, language, [], voice)).phonemes.normalize('NFD');
      expect([...ours].filter((symbol) => !PIPER_SYMBOLS.has(symbol) && !phonemes.includes(symbol))).toEqual(
        [],
      );
      pairs.push({ ours, reference: phonemes });
    }
    expect(phonemeErrorRate(pairs)).toBeLessThan(older[voice] ?? 0.06);
  });

  test('takes what the language has where the voice of the configuration is missing', async () => {
    const { phonemes } = await pronounce('Guten Tag.', 'de-DE', [], 'de-of-tomorrow');
    expect(phonemes).toBe((await pronounce('Guten Tag.', 'de-DE')).phonemes);
    await expect(pronounce('Kaixo.', 'xx-YY', [], 'none')).rejects.toThrow('"xx"');
  });
});
