import type { Dictionary } from './dictionary.ts';
import type { LettersModel } from './letters.ts';
import { soundOut } from './letters.ts';
import { LEXICON } from './lexicon.ts';
import { type LetterCosts, matchLetters, type Sound, toSound } from './match.ts';

/** What words are looked up in. */
export interface Sources {
  readonly dictionary: Dictionary;
  readonly letters: LettersModel;
  readonly costs: LetterCosts;
}

export interface Word {
  readonly letters: string;
  readonly sounds: readonly Sound[];
}

const SIBILANTS = new Set(['S', 'Z', 'SH', 'ZH', 'CH', 'JH']);
const VOICELESS = new Set(['P', 'T', 'K', 'F', 'TH']);
/** Shorter parts are too often an accident: "mari" and "no" in "marino". */
const MIN_PART = 4;

/** All pronunciations of a word the dictionary has, first the one of our own lexicon. */
export function lookUp(word: string, { dictionary }: Sources): string[] {
  const own = LEXICON.get(word);
  const known = dictionary.find(word);
  return own === undefined ? known : [own, ...known];
}

const fromPhones = (letters: string, phones: string, { costs }: Sources): Word => ({
  letters,
  sounds: matchLetters(letters, phones.split(' '), costs),
});

/** "usual" has a W in the dictionary, for a U that glides into the next vowel. */
const GLIDE = /\bAH0 W(?= (?:AH|IH|EY|ER|AE|EH|OW)\d)/;

export function knownWord(letters: string, phones: string, sources: Sources): Word {
  const said = /u[aeiou]/.test(letters) ? phones.replace(GLIDE, 'UW0') : phones;
  return fromPhones(letters.replaceAll("'", ''), said, sources);
}

function addEnding(stem: Word, ending: string, phones: string): Word {
  const at = stem.letters.length;
  const sounds = phones
    .split(' ')
    .map((phone, i) => toSound(phone, Math.min(at + i, at + ending.length - 1)));
  return { letters: stem.letters + ending, sounds: [...stem.sounds, ...sounds] };
}

function addS(stem: Word): Word {
  const last = stem.sounds.at(-1)?.phone ?? '';
  if (SIBILANTS.has(last)) return addEnding(stem, stem.letters.endsWith('e') ? 's' : 'es', 'IH0 Z');
  return addEnding(stem, 's', VOICELESS.has(last) ? 'S' : 'Z');
}

function addEd(stem: Word): Word {
  const last = stem.sounds.at(-1)?.phone ?? '';
  if (last === 'T' || last === 'D') return addEnding(stem, 'ed', 'IH0 D');
  return addEnding(
    stem,
    'ed',
    VOICELESS.has(last) || (SIBILANTS.has(last) && last !== 'Z' && last !== 'JH') ? 'T' : 'D',
  );
}

type Ending = readonly [spelling: RegExp, repairs: readonly string[], add: (stem: Word) => Word];

/** Endings of known words; each repair is what the ending may have taken from the stem. */
const ENDINGS: readonly Ending[] = [
  [/'s$/, [''], addS],
  [/s'$/, ['s', ''], (stem) => (stem.sounds.at(-1)?.phone === 'Z' ? stem : addS(stem))],
  [/ies$/, ['y'], addS],
  [/es$/, ['e', ''], addS],
  [/s$/, [''], addS],
  [/ied$/, ['y'], addEd],
  [/ed$/, ['', 'e'], addEd],
  [/ing$/, ['', 'e'], (stem) => addEnding(stem, 'ing', 'IH0 NG')],
  [/in'$/, ['', 'e'], (stem) => addEnding(stem, 'in', 'IH0 N')],
  [/ers$/, ['', 'e'], (stem) => addEnding(stem, 'ers', 'ER0 Z')],
  [/er$/, ['', 'e'], (stem) => addEnding(stem, 'er', 'ER0')],
  [/est$/, ['', 'e'], (stem) => addEnding(stem, 'est', 'AH0 S T')],
  [/ily$/, ['y'], (stem) => addEnding(stem, 'ly', 'L IY0')],
  [/ly$/, [''], (stem) => addEnding(stem, 'ly', 'L IY0')],
  [/ness$/, [''], (stem) => addEnding(stem, 'ness', 'N AH0 S')],
  [/less$/, [''], (stem) => addEnding(stem, 'less', 'L AH0 S')],
  [/ments?$/, [''], (stem) => addEnding(stem, 'ment', 'M AH0 N T')],
  [/able$/, ['', 'e'], (stem) => addEnding(stem, 'able', 'AH0 B AH0 L')],
];

function inflected(word: string, sources: Sources): Word | undefined {
  for (const [spelling, repairs, add] of ENDINGS) {
    const found = spelling.exec(word);
    if (found === null || found.index < 2) continue;
    const stem = word.slice(0, found.index);
    const doubled = /([bdgklmnprt])\1$/.test(stem) ? [stem.slice(0, -1)] : [];
    for (const candidate of [...repairs.map((repair) => stem + repair), ...doubled]) {
      const phones = lookUp(candidate, sources)[0];
      if (phones !== undefined && candidate.length > 2) return add(knownWord(candidate, phones, sources));
    }
  }
  return undefined;
}

/** Two known words written as one: the first keeps its stress, the second gives way. */
function compound(word: string, sources: Sources): Word | undefined {
  for (let cut = word.length - MIN_PART; cut >= MIN_PART; cut--) {
    const head = lookUp(word.slice(0, cut), sources)[0];
    const tail = lookUp(word.slice(cut), sources)[0];
    if (head === undefined || tail === undefined) continue;
    return fromPhones(word, `${head} ${tail.replaceAll('1', '2')}`, sources);
  }
  return undefined;
}

function spelled(word: string, { letters }: Sources): Word {
  const plain = word.replace(/[^a-z]/g, '');
  let at = 0;
  const sounds = soundOut(plain, letters).flatMap(({ phones }) => {
    const here = at++;
    return phones.map((phone) => toSound(phone, here));
  });
  return { letters: plain, sounds: markPrimary(sounds) };
}

/** The sounds of a word the dictionary does not have. `word` is lower case: a to z and apostrophes. */
export function unknownWord(word: string, sources: Sources): Word {
  const known = inflected(word, sources) ?? compound(word, sources);
  if (known !== undefined) return known;
  const possessive = /^(.{2,})(?:'s|s')$/.exec(word);
  return possessive === null ? spelled(word, sources) : addS(spelled(possessive[1]!, sources));
}

/**
 * The letter model knows which vowels are stressed, not which is the strongest. In the dictionary that is the last
 * stressed vowel, unless it is in the last syllable: then the one before ("celebrate", "telephone").
 */
function markPrimary(sounds: readonly Sound[]): Sound[] {
  const vowels = sounds.filter((sound) => sound.stress >= 0);
  const stressed = vowels.filter((sound) => sound.stress > 0);
  if (vowels.length === 0) return [...sounds];
  const last = stressed.at(-1);
  const primary = last === vowels.at(-1) && stressed.length > 1 ? stressed.at(-2) : (last ?? vowels[0]);
  return sounds.map((sound) => {
    if (sound === primary) return { ...sound, stress: 1 };
    return sound.stress > 0 ? { ...sound, stress: 2 } : sound;
  });
}
