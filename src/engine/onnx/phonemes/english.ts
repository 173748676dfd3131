import { splitClauses, writeClauses } from './clauses.ts';
import { type Given, noneGiven } from './given.ts';
import { type LettersModel, readLettersModel } from './letters-model.ts';
import { letterCosts } from './match.ts';
import type { Dialect } from './phone-context.ts';
import type { Phonemizer, Sounds } from './phonemizer.ts';
import { rewritePlaces } from './rewrite-places.ts';
import { createSpeaker } from './sentence.ts';
import type { Dictionary, Sources } from './words.ts';

let loading: Promise<Sources> | undefined;

/** The dictionary (3.7 MB of source) and the letter model, read once and only when English is spoken. */
async function loadSources(): Promise<Sources> {
  const [cmu, packed] = await Promise.all([
    import('cmu-pronouncing-dictionary'),
    import('./letters.json', { with: { type: 'json' } }),
  ]);
  const letters: LettersModel = readLettersModel(packed.default);
  const dictionary: Dictionary = cmu.dictionary;
  return { dictionary, letters, costs: letterCosts(letters) };
}

/**
 * English by dictionary (CMU, ISC licence), with a letter model for the words it lacks. `en-GB` maps the American
 * sounds to non-rhotic British ones for Kokoro's British voices, which know no joined pairs ("in the").
 */
export async function createEnglishPhonemizer(variant: Dialect): Promise<Phonemizer> {
  loading ??= loadSources();
  loading.catch(() => {
    loading = undefined;
  });
  const speak = createSpeaker(await loading, variant, variant === 'en-US');
  const sound = (text: string, given: Given = noneGiven): Sounds => {
    const sounds = writeClauses(
      splitClauses(text).map(({ text: words, mark }) => ({ words: speak(words, given), mark })),
    );
    if (variant === 'en-US') return sounds;
    const { ipa, places } = rewritePlaces(sounds.ipa, sounds.words, toBritish);
    return { ipa, words: places };
  };
  return { id: `cmu-${variant}`, sound, phonemize: (text, given) => sound(text, given).ipa };
}

/**
 * American IPA to the notation of espeak-ng's en-gb: no R but before a vowel, əʊ for oʊ, no taps. What needs the
 * spelling (lot, cloth, bath) vowels.ts has written already.
 */
const BEFORE_VOWEL = '(?= ?[ˈˌ]?[aeiouæɐɑɒɔəɛɜɪʊʌᵻ])';
const OF_A_LINK = new RegExp(`ɹ${BEFORE_VOWEL}`, 'gu');

export function toBritish(ipa: string): string {
  return ipa
    .replaceAll('ʔn̩', 'tən')
    .replaceAll('ɾ', 't')
    .replaceAll('oʊ', 'əʊ')
    .replaceAll('ɹɹ', 'ɹ')
    .replaceAll('ɚ', 'əɹ')
    .replaceAll('əɹɹ', 'əɹ')
    .replaceAll('æ', 'a')
    .replaceAll(OF_A_LINK, 'R')
    .replaceAll('ɛɹ', 'eə')
    .replaceAll('ɪɹ', 'iə')
    .replaceAll('ʊɹ', 'ʊə')
    .replaceAll('ɹ', '')
    .replaceAll('R', 'ɹ');
}
