import { readFileSync } from 'node:fs';
import { dictionary } from 'cmu-pronouncing-dictionary';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadEspeak } from '../../../src/engine/onnx/phonemes/espeak.ts';
import type { Phonemizer } from '../../../src/engine/onnx/phonemes/phonemizer.ts';
import { readJudged } from './judged.ts';
import { englishPhonemizer } from './local-pronounce.ts';
import { broadly, phonemeErrorRate } from './phonemes-error.ts';

const readLines = (name: string): string[] =>
  readFileSync(new URL(`../../data/${name}`, import.meta.url), 'utf8')
    .trim()
    .split('\n');

const espeak = await loadEspeak('en-us');
const reason = espeak === undefined ? ' (skipped: @echogarden/espeak-ng-emscripten is not installed)' : '';

describe.skipIf(espeak === undefined)(`against espeak-ng${reason}`, () => {
  let english: Phonemizer;

  beforeAll(async () => {
    english = await englishPhonemizer('en-US');
  });

  const errorRate = (texts: readonly string[]): number =>
    phonemeErrorRate(
      texts.map((text) => ({ ours: english.phonemize(text), reference: espeak!.phonemize(text) })),
    );

  it('agrees on sentences', () => {
    const sentences = readLines('sentences.txt');
    expect(sentences.length).toBeGreaterThanOrEqual(80);
    expect(errorRate(sentences)).toBeLessThan(0.03);
  });

  it('agrees on names and coinages the dictionary lacks', () => {
    const names = readLines('names.txt');
    expect(names.length).toBeGreaterThanOrEqual(300);
    expect(names.filter((name) => Object.hasOwn(dictionary, name.toLowerCase()))).toEqual([]);
    expect(errorRate(names)).toBeLessThan(0.17);
  });

  it.each(['common-words', 'common-names'])(
    'differs by ear in no word of %s that nobody has judged',
    (list) => {
      const judged = readJudged();
      const words = readLines(`${list}.txt`).flatMap((line) => line.split(' '));
      const unjudged = words.flatMap((word) => {
        const [ours, theirs] = [english.phonemize(word), espeak!.phonemize(word)];
        const known = judged.get(word);
        const isJudged = known?.ours === ours && known.theirs === theirs;
        return broadly(ours) === broadly(theirs) || isJudged ? [] : [`${word} ${ours} ${theirs}`];
      });
      expect(words.length).toBeGreaterThan(300);
      expect(unjudged).toEqual([]);
    },
  );

  it('refuses a voice that espeak-ng lacks by its name', async () => {
    await expect(loadEspeak('zz-none')).rejects.toThrow('"zz-none"');
  });

  it('speaks other languages and keeps the clause marks', async () => {
    const vietnamese = await loadEspeak('vi');
    const ipa = vietnamese!.phonemize('Xin chào, bạn có khỏe không?');
    expect(ipa).toMatch(/^sˈin tʃ.+, .+\?$/);
    expect(vietnamese!.phonemize(' … ')).toBe('');
  });

  it('tells which word is which where there are as many as in the text, and else of none of the clause', async () => {
    const spanish = await loadEspeak('es');
    const { ipa, words } = spanish!.sound('Buenos días, señor Núñez. Son 25 euros para la niña.');
    expect(words.map(({ word, from, to }) => `${word}=${ipa.slice(from, to)}`)).toEqual([
      'Buenos=bwˈenos',
      'días=ðˈias',
      'señor=seɲˈoɾ',
      'Núñez=nˈuɲeθ',
    ]);
    expect(ipa).toMatch(/^bwˈenos ðˈias, seɲˈoɾ nˈuɲeθ\. sˈon .* nˈiɲa\.$/);
  });
});
