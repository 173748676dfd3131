import type { PhonemeOverride } from '../../core/request.ts';
import { alignWords } from '../../speech/captions/align-words.ts';
import { normalize } from '../../speech/normalize/english.ts';
import { findWords } from '../../speech/words.ts';
import type { LoadDictionary } from './phonemes/dictionary.ts';
import { createEnglishPhonemizer } from './phonemes/english.ts';
import { loadEspeak } from './phonemes/espeak.ts';
import type { Phonemizer } from './phonemes/phonemizer.ts';
import { markGiven } from './phonemes/phonemizer.ts';

/** What a text sounds like. */
export interface Pronounced {
  /** IPA with punctuation, empty when nothing of the text has a sound. */
  readonly phonemes: string;
  /** Where the words of the text stand in it: in order, those of which it is known. */
  readonly words: readonly PlacedWord[];
}

/** `phonemes.slice(from, to)` says the word `index` of a text (`findWords`). */
export interface PlacedWord {
  readonly index: number;
  readonly from: number;
  readonly to: number;
}

/**
 * @param language BCP 47, of the voice
 * @param phonemeOverrides words whose sounds are given
 * @throws Error when nothing here knows the language
 */
export type Pronounce = (
  text: string,
  language: string,
  phonemeOverrides?: readonly PhonemeOverride[],
) => Promise<Pronounced>;

/** @param loadDictionary asked once English is spoken */
export function createPronounce(loadDictionary: LoadDictionary): Pronounce {
  const phonemizers = new Map<string, Promise<Phonemizer>>();
  const findPhonemizer = (language: string): Promise<Phonemizer> => {
    const known = phonemizers.get(language);
    if (known) return known;
    const loading = isEnglish(language)
      ? createEnglishPhonemizer(language, loadDictionary)
      : loadForeign(language);
    phonemizers.set(language, loading);
    loading.catch(() => phonemizers.delete(language));
    return loading;
  };
  return async (text, language, phonemeOverrides = []) =>
    pronounceWith(await findPhonemizer(language), text, language, phonemeOverrides);
}

function pronounceWith(
  phonemizer: Phonemizer,
  text: string,
  language: string,
  phonemeOverrides: readonly PhonemeOverride[],
): Pronounced {
  const marked = markGiven(text, phonemeOverrides);
  const { ipa, words } = phonemizer.sound(normalize(marked.text, language), marked.given);
  const written = findWords(text);
  const spellOut = (index: number): string[] =>
    normalize(markGiven(written[index]?.shown ?? '', phonemeOverrides).text, language).match(
      /[\p{L}\p{M}\p{N}'’]+/gu,
    ) ?? [];
  const ranges = alignWords(
    written.map(({ word }) => word),
    words.map(({ word }) => word),
    spellOut,
  );
  const placed = ranges.flatMap((range, index) => {
    const [first, last] = [words[range?.first ?? -1], words[range?.last ?? -1]];
    return first && last ? [{ index, from: first.from, to: last.to }] : [];
  });
  return { phonemes: ipa, words: placed };
}

export function isEnglish(language: string): language is 'en-US' | 'en-GB' {
  return language === 'en-US' || language === 'en-GB';
}

/** espeak-ng names most languages without a region (`it`), some with one (`pt-br`). */
async function loadForeign(language: string): Promise<Phonemizer> {
  const [primary = language] = language.split('-');
  const espeak = await loadEspeak(language.toLowerCase()).catch(() => loadEspeak(primary));
  if (!espeak) throw new Error(`There are no phonemes for ${language}: espeak-ng is not installed.`);
  return espeak;
}
