import { normalize } from '../../speech/normalize/normalize.ts';
import type { GivenSound } from '../../speech/pronounce.ts';
import { createEnglishPhonemizer } from './phonemes/english.ts';
import { loadEspeak } from './phonemes/espeak.ts';
import { markGiven } from './phonemes/given.ts';
import type { Phonemizer } from './phonemes/phonemizer.ts';

const phonemizers = new Map<string, Promise<Phonemizer>>();

/**
 * What `text` sounds like: IPA with punctuation, empty when nothing of it has a sound.
 *
 * @param language BCP 47, of the voice
 * @param sounds words whose sounds are given
 * @throws Error when nothing here knows the language
 */
export async function pronounce(
  text: string,
  language: string,
  sounds: readonly GivenSound[] = [],
): Promise<string> {
  const phonemizer = await findPhonemizer(language);
  const marked = markGiven(text, sounds);
  return phonemizer.phonemize(normalize(marked.text, language), marked.given);
}

function findPhonemizer(language: string): Promise<Phonemizer> {
  const known = phonemizers.get(language);
  if (known) return known;
  const loading = isEnglish(language) ? createEnglishPhonemizer(language) : loadForeign(language);
  phonemizers.set(language, loading);
  loading.catch(() => phonemizers.delete(language));
  return loading;
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
