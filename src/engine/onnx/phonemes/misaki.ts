import { PARTED_PAIRS } from './lexicon.ts';
import type { Dialect } from './phone-context.ts';

type Rule = readonly [from: RegExp, to: string];

/**
 * espeak-ng's IPA to the symbols Kokoro v1.0 was trained on: one letter for a diphthong or an affricate, T for the
 * tap, and no length marks in American English (github.com/hexgrad/misaki, EN_PHONES.md).
 */
const SHARED: readonly Rule[] = [
  [/ʔn̩/g, 'tᵊn'],
  [/n̩/g, 'ᵊn'],
  [/tʃ/g, 'ʧ'],
  [/dʒ/g, 'ʤ'],
  [/eɪ/g, 'A'],
  [/aɪ/g, 'I'],
  [/aʊ/g, 'W'],
  [/ɔɪ/g, 'Y'],
  [/ʔ/g, 't'],
  [/ɐ/g, 'ə'],
  [/(?<=[bdfɡkmpstvzʃʒʧʤθð])əl/g, 'ᵊl'],
  [/[̩̪̃]/gu, ''],
];

const AMERICAN: readonly Rule[] = [
  [/oʊ/g, 'O'],
  [/əʊ/g, 'O'],
  [/ɜːɹ?/g, 'ɜɹ'],
  [/ɚɹ?/g, 'əɹ'],
  [/ɾ/g, 'T'],
  [/ɹɹ/g, 'ɹ'],
  [/a/g, 'æ'],
  [/o/g, 'ɔ'],
  [/ɒ/g, 'ɑ'],
  [/ː/g, ''],
];

const BRITISH: readonly Rule[] = [
  [/[oə]ʊ/g, 'Q'],
  [/eə/g, 'ɛː'],
  [/iə(?!ɹ?ʊ)/g, 'ɪə'],
  [/ɚ/g, 'ə'],
  [/ɾ/g, 't'],
  [/ᵻ/g, 'ɪ'],
  [/æ/g, 'a'],
  [/o/g, 'ɔ'],
];

/** What is left must be in Kokoro's vocabulary; anything else would be dropped by its tokenizer anyway. */
const UNKNOWN = /[^;:,.!?—…"() AIOQTWYᵊabdefhijklmnpstuvwzɑɒæɔðʤəɛɜɡɪŋɹɾʃʊʌʒʧθˈˌːᵻ]/gu;

/** "I", "I'm", "I'd": a word that begins with the diphthong and has no stress. Without a mark the voices swallow it. */
const FIRST_PERSON = /(?<![^ ])I(?=[^ ˈˌ]*(?: |$))/g;

/** `ipa` in espeak-ng's notation, words and marks as Phonemizer gives them. Every symbol returned is in Kokoro v1.0's vocabulary. */
export function toMisaki(ipa: string, variant: Dialect): string {
  let symbols = ipa.replace(/[^ .,;:!?]+/g, (word) => PARTED_PAIRS.get(word) ?? word);
  for (const [from, to] of [...SHARED, ...(variant === 'en-GB' ? BRITISH : AMERICAN)]) {
    symbols = symbols.replace(from, to);
  }
  return symbols.replace(UNKNOWN, '').replace(FIRST_PERSON, 'ˌI');
}
