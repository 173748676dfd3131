import { describe, expect, test } from 'vitest';
import type { PhonemeOverride } from '../../../src/core/request.ts';
import { findWords } from '../../../src/speech/words.ts';
import { sentences } from '../../roundtrip/sentences.ts';
import { pronounce } from './local-pronounce.ts';

/** The words of a text with the sounds that say them. */
async function soundsOf(
  text: string,
  language = 'en-US',
  phonemeOverrides: PhonemeOverride[] = [],
): Promise<string[]> {
  const { phonemes, words } = await pronounce(text, language, phonemeOverrides);
  const written = findWords(text);
  return words.map(({ index, from, to }) => `${written[index]?.word}=${phonemes.slice(from, to)}`);
}

describe('each written word has its sounds', () => {
  test('also where two are said as one, and where letters are spelled', async () => {
    expect(await soundsOf('The IBM deal of the day.')).toEqual([
      'The=ðɪ',
      'IBM=ˌaɪbˌiːˈɛm',
      'deal=dˈiːl',
      'of=ʌv',
      'the=ðə',
      'day=dˈeɪ',
    ]);
  });

  test('also where it is said as several', async () => {
    expect(await soundsOf('Dr. Li paid $3.50, 10 km away.')).toEqual([
      'Dr=dˈɑːktɚ',
      'Li=lˈiː',
      'paid=pˈeɪd',
      '3.50=θɹˈiː dˈɑːlɚz ænd fˈɪfti sˈɛnts',
      '10=tˈɛn',
      'km=kɪlˈɑːmɪɾɚz',
      'away=ɐwˈeɪ',
    ]);
  });

  test('also where they are given', async () => {
    const sounds = [{ word: 'Nguyen', ipa: 'nwˈɪn' }];
    expect(await soundsOf("Call Nguyen, he is Nguyen's son.", 'en-US', sounds)).toEqual([
      'Call=kˈɔːl',
      'Nguyen=nwˈɪn',
      'he=hiː',
      'is=ɪz',
      "Nguyen's=nwˈɪnz",
      'son=sˈʌn',
    ]);
  });

  test('in the sentences of the round trip, all but a few', async () => {
    let [all, placed] = [0, 0];
    for (const { text } of sentences) {
      const { words, phonemes } = await pronounce(text, 'en-US');
      all += findWords(text).length;
      placed += words.length;
      const places = words.flatMap(({ from, to }) => [from, to]);
      expect(places).toEqual(places.toSorted((a, b) => a - b));
      expect(places.at(-1) ?? 0).toBeLessThanOrEqual(phonemes.length);
    }
    expect(placed / all).toBeGreaterThan(0.99);
  });
});

test('words that the language cannot read have none', async () => {
  expect(await soundsOf('Say 漢字 now.')).toEqual(['Say=sˈeɪ', 'now=nˈaʊ']);
});

test('British sounds have them too, where an R comes and goes', async () => {
  expect(await soundsOf('Far away, the car of IBM.', 'en-GB')).toEqual([
    'Far=fˈɑːɹ',
    'away=ɐwˈeɪ',
    'the=ðə',
    'car=kˈɑːɹ',
    'of=ʌv',
    'IBM=ˌaɪbˌiːˈɛm',
  ]);
});
