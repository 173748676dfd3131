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
 * @param espeakVoice whose phonemes the model learned, where it says so; English has rules of its own
 * @throws Error when nothing here knows the language
 */
export type Pronounce = (
  text: string,
  language: string,
  phonemeOverrides?: readonly PhonemeOverride[],
  espeakVoice?: string,
) => Promise<Pronounced>;

/** @param loadDictionary asked once English is spoken */
export function createPronounce(loadDictionary: LoadDictionary): Pronounce {
  const phonemizers = new Map<string, Promise<Phonemizer>>();
  const findPhonemizer = (language: string, espeakVoice: string | undefined): Promise<Phonemizer> => {
    const name = isEnglish(language) ? language : `${language} ${espeakVoice ?? ''}`;
    const known = phonemizers.get(name);
    if (known) return known;
    const loading = isEnglish(language)
      ? createEnglishPhonemizer(language, loadDictionary)
      : loadForeign(language, espeakVoice);
    phonemizers.set(name, loading);
    loading.catch(() => phonemizers.delete(name));
    return loading;
  };
  return async (text, language, phonemeOverrides = [], espeakVoice = undefined) =>
    pronounceWith(await findPhonemizer(language, espeakVoice), text, language, phonemeOverrides);
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

/**
 * espeak-ng names most languages without a region (`it`), some with one (`pt-br`). Of what it does not have the next best is
 * taken. A model of English phonemes that a user says to be of another language gets those of that.
 */
async function loadForeign(language: string, espeakVoice: string | undefined): Promise<Phonemizer> {
  const [primary = language] = language.split('-');
  const learned = /^en(?:-|$)/.test(espeakVoice ?? '') ? undefined : espeakVoice;
  const names = [learned, language.toLowerCase(), primary].filter((name) => name !== undefined);
  let failure: unknown;
  for (const name of names) {
    try {
      const espeak = await loadEspeak(name);
      if (espeak) return espeak;
      failure = new Error(`There are no phonemes for ${language}: espeak-ng is not installed.`);
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}
