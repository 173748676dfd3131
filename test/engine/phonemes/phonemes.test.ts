import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { toMisaki } from '../../../src/engine/onnx/phonemes/misaki.ts';
import type { Phonemizer } from '../../../src/engine/onnx/phonemes/phonemizer.ts';
import { normalizeEnglish } from '../../../src/speech/normalize/english.ts';
import { readJudged } from './judged.ts';
import { englishPhonemizer } from './local-pronounce.ts';
import { KOKORO_SYMBOLS, PIPER_SYMBOLS } from './phonemes-error.ts';

let american: Phonemizer;
let british: Phonemizer;

beforeAll(async () => {
  american = await englishPhonemizer('en-US');
  british = await englishPhonemizer('en-GB');
});

const strange = (ipa: string, known: ReadonlySet<string>): string[] =>
  [...ipa].filter((symbol) => !known.has(symbol));

describe('English by dictionary', () => {
  it.each([
    ['The quick brown fox jumps over the lazy dog.', 'ðə kwˈɪk bɹˈaʊn fˈɑːks dʒˈʌmps ˌoʊvɚ ðə lˈeɪzi dˈɑːɡ.'],
    ['the apple', 'ðɪ ˈæpəl'],
    ['a banana', 'ɐ bənˈænə'],
    ['water, butter, party, city', 'wˈɔːɾɚ, bˈʌɾɚ, pˈɑːɹɾi, sˈɪɾi'],
    ['button written certain', 'bˈʌʔn̩ ɹˈɪʔn̩ sˈɜːʔn̩'],
    ['wanted boxes', 'wˈɔntᵻd bˈɑːksᵻz'],
    ['long thought, dog', 'lˈɔŋ θˈɔːt, dˈɑːɡ'],
    ['better idea', 'bˈɛɾɚɹ aɪdˈiə'],
    ['Where are you going to?', 'wˌɛɹ ɑːɹ juː ɡˌoʊɪŋ tuː?'],
    ['one of the best', 'wˈʌn ʌvðə bˈɛst'],
    ["It's not; they're wrong!", 'ɪts nˈɑːt; ðeɪɚ ɹˈɔŋ!'],
    ["James's dogs' bones", 'dʒˈeɪmzɪz dˈɑːɡz bˈoʊnz'],
    ['the F B I', 'ðɪ ˌɛfbˌiːˈaɪ'],
    ["I B M's C E O", 'ˌaɪbˌiːˈɛmz sˌiːˌiːˈoʊ'],
    ["two G P U's", 'tˈuː dʒˌiːpˌiːjˈuːz'],
    ['vitamin A and A I', 'vˈaɪɾəmɪn ˈeɪ ænd ˌeɪˈaɪ'],
    ['constructor', 'kənstɹˈʌktɚ'],
    ['a café', 'ɐ kɐfˈeɪ'],
  ])('says %j as espeak-ng writes it', (text, ipa) => {
    expect(american.phonemize(text)).toBe(ipa);
  });

  it.each([
    ['They record a record.', 'ɹᵻkˈɔːɹd', 'ɹˈɛkɚd'],
    ['He has read it, I read it.', 'ɹˈɛd', 'ɹˈiːd'],
    ['I present the present.', 'pɹɪzˈɛnt', 'pɹˈɛzənt'],
    ['Close the door, stay close.', 'klˈoʊz', 'klˈoʊs'],
    ['They live for live music.', 'lˈɪv', 'lˈaɪv'],
    ['I object to the object.', 'əbdʒˈɛkt', 'ˈɑːbdʒɛkt'],
    ['You use it, of no use.', 'jˈuːz', 'jˈuːs'],
    ['They separate two separate rooms.', 'sˈɛpɚɹˌeɪt', 'sˈɛpɹət'],
    ['They lead; a lead pipe.', 'lˈiːd', 'lˈɛd'],
    ['Please wind the clock in the wind.', 'wˈaɪnd', 'wˈɪnd'],
    ['I read it yesterday, and I will read it again.', 'ɹˈɛd', 'ɹˈiːd'],
    ['Did he read it? He read it.', 'ɹˈiːd', 'ɹˈɛd'],
    ['The family lives in Rome; nine lives in danger.', 'lˈɪvz', 'lˈaɪvz'],
    ['The show is live, they live on.', 'lˈaɪv', 'lˈɪv'],
    ['Be content with it, the content with it.', 'kəntˈɛnt', 'kˈɑːntɛnt'],
    ['They house them in a house.', 'hˈaʊz', 'hˈaʊs'],
    ['He wound the clock on a wound.', 'wˈaʊnd', 'wˈuːnd'],
    ['A minute detail of a minute.', 'maɪnˈuːt', 'mˈɪnət'],
  ])('tells the two readings in %j apart', (text, first, second) => {
    const words = american.phonemize(text);
    expect(words).toContain(first);
    expect(words.lastIndexOf(second)).toBeGreaterThan(words.indexOf(first));
  });

  it('says the words that were judged beside espeak-ng as they were judged', () => {
    const judged = [...readJudged()];
    expect(judged.length).toBeGreaterThan(100);
    const changed = judged.filter(([word, { ours }]) => american.phonemize(word) !== ours);
    expect(changed).toEqual([]);
  });

  it.each([
    ['thirty', 'θˈɜːɾi'],
    ['magazine', 'mˈæɡɐzˌiːn'],
    ['usually', 'jˈuːʒuːəli'],
    ['decade', 'dˈɛkeɪd'],
    ['Tacoma', 'tɐkˈoʊmə'],
    ['Siobhan', 'ʃɪvˈɔːn'],
    ['Hermione', 'hɚmˈaɪəni'],
    ['Nguyen', 'wˈɪn'],
    ['Goethe', 'ɡˈɜːɾə'],
  ])('says %s, which was wrong', (word, ipa) => {
    expect(american.phonemize(word)).toBe(ipa);
  });

  it('inflects and joins known words', () => {
    expect(american.phonemize('podcasting')).toBe('pˈɑːdkˌæstɪŋ');
    expect(american.phonemize('selfies')).toBe('sˈɛlfiz');
    expect(american.phonemize('silverthorn')).toMatch(/^sˈɪlvɚθˌ?ɔːɹn$/);
  });

  it('is not rhotic in British English', () => {
    expect(british.phonemize('The car is near the old bath, my dog.')).toBe(
      'ðə kˈɑːɹ ɪz nˌiə ðɪ ˈəʊld bˈɑːθ, maɪ dˈɒɡ.',
    );
  });

  it('keeps only the marks that voices know', () => {
    expect(american.phonemize('"Well" (yes) — no… really?!')).toBe('wˈɛl, jˈɛs, nˈoʊ. ɹˈiəli?');
    expect(american.phonemize(' ... , 漢字 ')).toBe('');
  });
});

describe('misaki symbols', () => {
  it.each([
    ['en-US', 'nˈaʊ wˈɔːɾɚ tʃˈɔɪs bˈʌʔn̩ mˈɑːdəl bˈɜːd', 'nˈW wˈɔTəɹ ʧˈYs bˈʌtᵊn mˈɑdᵊl bˈɜɹd'],
    ['en-US', 'ɪnðə bˈɑːks ʌvðɪ, ɪt', 'ɪn ðə bˈɑks ʌv ðɪ, ɪt'],
    ['en-GB', 'nˈaʊ ɡˈəʊ kˈɑː skwˈeə nˈiə lˈɒt', 'nˈW ɡˈQ kˈɑː skwˈɛː nˈɪə lˈɒt'],
  ] as const)('writes %s', (variant, ipa, symbols) => {
    expect(toMisaki(ipa, variant)).toBe(symbols);
  });

  it.each([
    ['I know.', 'ˌI nˈO.'],
    ["I'm sure I'll go, as I said.", 'ˌIm ʃˈʊɹ ˌIl ɡˈO, æz ˌI sˈɛd.'],
    ['An eye, an isle, an idea.', 'ən ˈI, ən ˈIl, ən Idˈiə.'],
  ])('mark the first person, which the voices swallow otherwise: %s', (text, symbols) => {
    expect(toMisaki(american.phonemize(text), 'en-US')).toBe(symbols);
  });
});

describe('any text', () => {
  const texts = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc
      .array(fc.constantFrom(..."aeiou tnrs ABC's- . , 12 $ % x th qu ng ough tion".split(' ')), {
        maxLength: 40,
      })
      .map((parts) => parts.join('')),
  );

  it('never throws and speaks only symbols the voices know', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const spoken = normalizeEnglish(text);
        for (const input of [text, spoken]) {
          expect(strange(american.phonemize(input).normalize('NFD'), PIPER_SYMBOLS)).toEqual([]);
          expect(strange(toMisaki(american.phonemize(input), 'en-US'), KOKORO_SYMBOLS)).toEqual([]);
          expect(strange(toMisaki(british.phonemize(input), 'en-GB'), KOKORO_SYMBOLS)).toEqual([]);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('separates words by one space', () => {
    fc.assert(
      fc.property(texts, (text) => {
        expect(american.phonemize(text)).not.toMatch(/ {2}|^ | $| [.,;:!?]/);
      }),
    );
  });

  it('copes with a word of absurd length', () => {
    const word = 'bla'.repeat(20_000);
    expect(american.phonemize(word).length).toBeLessThan(2 * word.length);
  });
});
