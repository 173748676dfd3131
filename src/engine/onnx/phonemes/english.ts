import { toBritish } from './british.ts';
import { splitClauses } from './clauses.ts';
import { type Given, noneGiven } from './given.ts';
import { type LettersModel, readLettersModel } from './letters-model.ts';
import { letterCosts } from './match.ts';
import type { Phonemizer } from './phonemizer.ts';
import type { Dialect } from './place.ts';
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
  return {
    id: `cmu-${variant}`,
    phonemize(text: string, given: Given = noneGiven): string {
      const spoken = splitClauses(text).map(({ text: words, mark }) => ({ ipa: speak(words, given), mark }));
      const joined = spoken
        .filter(({ ipa }) => ipa !== '')
        .map(({ ipa, mark }) => ipa + mark)
        .join(' ');
      return variant === 'en-GB' ? toBritish(joined) : joined;
    },
  };
}
