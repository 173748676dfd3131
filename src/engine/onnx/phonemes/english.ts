import { splitClauses, writeClauses } from './clauses.ts';
import { Dictionary, type LoadDictionary } from './dictionary.ts';
import { pickHeteronym } from './heteronyms.ts';
import { writeIpa } from './ipa.ts';
import { type LettersModel, readLettersModel } from './letters.ts';
import { JOINED_PAIRS, LETTER_NAMES, WEAK_FORMS } from './lexicon.ts';
import { letterCosts } from './match.ts';
import type { Dialect } from './phone-context.ts';
import { type Given, givenSounds, noneGiven, type Phonemizer, type Sounds } from './phonemizer.ts';
import { rewritePlaces } from './rewrite-places.ts';
import { knownWord, lookUp, type Sources, unknownWord } from './words.ts';

/** What English needs, read once by each loader and only when English is spoken. */
const sources = new WeakMap<LoadDictionary, Promise<Sources>>();

function openSources(load: LoadDictionary): Promise<Sources> {
  const known = sources.get(load);
  if (known) return known;
  const loading = loadSources(load);
  sources.set(load, loading);
  loading.catch(() => sources.delete(load));
  return loading;
}

async function loadSources(load: LoadDictionary): Promise<Sources> {
  const [packed, model] = await Promise.all([load(), import('./letters.json', { with: { type: 'json' } })]);
  const letters: LettersModel = readLettersModel(model.default);
  return { dictionary: new Dictionary(packed), letters, costs: letterCosts(letters) };
}

/**
 * English by dictionary (CMU, ISC licence), with a letter model for the words it lacks. `en-GB` maps the American
 * sounds to non-rhotic British ones for Kokoro's British voices, which know no joined pairs ("in the").
 */
export async function createEnglishPhonemizer(variant: Dialect, load: LoadDictionary): Promise<Phonemizer> {
  const speak = createSpeaker(await openSources(load), variant, variant === 'en-US');
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

/** Words remembered; a long text repeats most of its words. */
const CACHE_SIZE = 4096;
const STARTS_WITH_VOWEL = /^[ˈˌ]?[aeiouæɐɑɒɔəɚɛɜɪʊʌᵻ]/;
/** espeak starts a new breath before these, so nothing links to them. */
const BREATH_BEFORE = new Set(['and', 'if', 'but', 'because']);

/** Nobody writes longer words; what looks like one is cut, so that no lookup costs more than its share. */
const WORD = /'?[A-Za-z]{1,40}(?:'[A-Za-z]{1,40}){0,3}'?/g;

/** The words of a clause: letters and inner apostrophes; accents are dropped, other scripts are skipped. */
function splitWords(clause: string): string[] {
  const plain = clause
    .replace(/[‘’ʼ`´]/g, "'")
    .replace(/ß/g, 'ss')
    .replace(/[æÆ]/g, 'ae')
    .replace(/[œŒ]/g, 'oe')
    .replace(/[øØ]/g, 'o')
    .replace(/[łŁ]/g, 'l')
    .replace(/[đĐðÐ]/g, 'd')
    .replace(/[þÞ]/g, 'th')
    .normalize('NFD')
    .replace(/\p{M}/gu, '');
  return (plain.match(WORD) ?? []).map((word) =>
    word.replace(/^'(?!(?:em|til|tis|twas|cause|bout|n|round)\b)/i, '').replace(/(?<![sSnN])'$/, ''),
  );
}

/** Runs of single capitals are one initialism: "F B I" is a word with its stress on the last letter. */
function isLetterName(words: readonly string[], at: number): boolean {
  const single = (word: string | undefined): boolean => word !== undefined && /^[A-Z](?:'s)?$/.test(word);
  const word = words[at]!;
  if (!single(word)) return false;
  if (!/^[AI]$/.test(word)) return true;
  return single(words[at - 1]) || single(words[at + 1]) || (word === 'A' && at > 0);
}

/** A word of a clause and how it sounds. */
interface SaidWord {
  readonly word: string;
  readonly ipa: string;
  /** Nothing stands between it and the next one. */
  readonly joined: boolean;
}

class Speaker {
  readonly #sources: Sources;
  readonly #dialect: Dialect;
  readonly #joins: boolean;
  readonly #cache = new Map<string, string>();

  constructor(sources: Sources, dialect: Dialect, joins: boolean) {
    this.#sources = sources;
    this.#dialect = dialect;
    this.#joins = joins;
  }

  #remember(key: string, make: () => string): string {
    const known = this.#cache.get(key);
    if (known !== undefined) return known;
    if (this.#cache.size >= CACHE_SIZE) this.#cache.clear();
    const ipa = make();
    this.#cache.set(key, ipa);
    return ipa;
  }

  #fromPhones(letters: string, phones: string): string {
    const key = `${letters} ${phones}`;
    return this.#remember(key, () => {
      const word = knownWord(letters, phones, this.#sources);
      return writeIpa(word.letters, word.sounds, this.#dialect);
    });
  }

  #letterName(word: string, last: boolean): string {
    const [letter = '', plural] = word.toLowerCase().split("'");
    const phones = LETTER_NAMES[letter]!;
    const ending =
      plural === undefined ? '' : /(?:S|CH)$/.test(phones) ? ' IH0 Z' : / F$/.test(phones) ? ' S' : ' Z';
    const ipa = this.#remember(`letter ${word}`, () => this.#fromPhones('', phones + ending));
    return last ? ipa : ipa.replace('ˈ', 'ˌ');
  }

  #word(words: readonly string[], lowerWords: readonly string[], at: number, given: Given): string {
    const written = words[at]!;
    const lower = written.toLowerCase();
    const sounds = givenSounds(lower, given);
    if (sounds !== undefined) return sounds;
    const find = (word: string): string[] => lookUp(word, this.#sources);
    const phones = pickHeteronym(lower, find, { written, words: lowerWords, at }) ?? find(lower)[0];
    if (phones !== undefined) return this.#fromPhones(lower, phones);
    return this.#remember(lower, () => {
      const { letters, sounds } = unknownWord(lower, this.#sources);
      return writeIpa(letters, sounds, this.#dialect);
    });
  }

  #weak(word: string, next: string, nextIpa: string): string | undefined {
    const form = WEAK_FORMS.get(word);
    if (form === undefined) return undefined;
    if (next === '') return form.final;
    const vowel = STARTS_WITH_VOWEL.test(nextIpa);
    if (vowel && word === 'the') return 'ðɪ';
    if (vowel && word === 'to') return 'tʊ';
    if (vowel && (word === 'it' || word === 'at') && !BREATH_BEFORE.has(next))
      return form.inside.replace('t', 'ɾ');
    return form.inside;
  }

  /** One clause, from its last word to its first, because a word's form depends on the sound after it. */
  speak(clause: string, given: Given): SaidWord[] {
    const words = splitWords(clause);
    const lowerWords = words.map((word) => word.toLowerCase());
    const said: SaidWord[] = [];
    let nextIpa = '';
    for (let at = words.length - 1; at >= 0; at--) {
      const word = words[at]!;
      const lower = word.toLowerCase();
      const next = words[at + 1]?.toLowerCase() ?? '';
      let joined = false;
      let first: SaidWord | undefined;
      let ipa: string;
      if (isLetterName(words, at)) {
        joined = at + 1 < words.length && !word.includes("'") && isLetterName(words, at + 1);
        ipa = this.#letterName(word, !joined);
      } else {
        const before = words[at - 1] ?? '';
        const pair = this.#joins ? JOINED_PAIRS.get(`${before.toLowerCase()} ${lower}`) : undefined;
        if (pair !== undefined && (next !== '' || !WEAK_FORMS.has(lower))) {
          const [begin, end] = pair;
          ipa = lower === 'the' && STARTS_WITH_VOWEL.test(nextIpa) ? end.replace(/ə$/, 'ɪ') : end;
          first = { word: before, ipa: begin, joined: true };
          at--;
        } else ipa = this.#weak(lower, next, nextIpa) ?? this.#word(words, lowerWords, at, given);
      }
      if (/[ɚɜ]ː?$/.test(ipa) && next !== '' && STARTS_WITH_VOWEL.test(nextIpa) && !BREATH_BEFORE.has(next))
        ipa += 'ɹ';
      said.push({ word, ipa, joined });
      if (first) said.push(first);
      nextIpa = (first?.ipa ?? '') + ipa;
    }
    return said.reverse();
  }
}

/**
 * A function from a clause without marks to its words in IPA. With `joins`, pairs such as "in the" become one, as espeak
 * writes them.
 */
function createSpeaker(
  sources: Sources,
  dialect: Dialect,
  joins: boolean,
): (clause: string, given: Given) => SaidWord[] {
  const speaker = new Speaker(sources, dialect, joins);
  return (clause, given) => speaker.speak(clause, given);
}
