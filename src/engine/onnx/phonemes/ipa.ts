import type { Sound } from './match.ts';
import { type Dialect, isVowel, type PhoneContext, phoneContextAt } from './phone-context.ts';
import { fullVowel, isReduced, reducedVowel } from './vowels.ts';

const CONSONANTS: Readonly<Record<string, string>> = {
  B: 'b',
  CH: 'tʃ',
  D: 'd',
  DH: 'ð',
  F: 'f',
  G: 'ɡ',
  HH: 'h',
  JH: 'dʒ',
  K: 'k',
  L: 'l',
  M: 'm',
  N: 'n',
  NG: 'ŋ',
  P: 'p',
  R: 'ɹ',
  S: 's',
  SH: 'ʃ',
  T: 't',
  TH: 'θ',
  V: 'v',
  W: 'w',
  Y: 'j',
  Z: 'z',
  ZH: 'ʒ',
};

const STRESS_MARKS = ['', 'ˈ', 'ˌ'];

/** T between a vowel and an unstressed one is a tap; before a final "en" it is a glottal stop with syllabic n. */
function writeT(context: PhoneContext): string {
  const { before, after, sounds, index, rest, letters } = context;
  const open = isVowel(before) || before?.phone === 'R';
  if (!open || !isVowel(after) || after!.stress > 0) return 't';
  if (after!.phone === 'IY' || after!.phone === 'UW') return 'ɾ';
  const [n, last] = [sounds[index + 2], sounds[index + 3]];
  const nasal =
    n?.phone === 'N' && !isVowel(last) && (/^t?[eo]n/.test(rest) || letters.startsWith('certain'));
  if (nasal && before?.phone === 'ER' && before.stress === 0) return 't';
  if (nasal) return letters.endsWith('ton') && before?.phone === 'N' ? 't' : 'ʔ';
  if (/^t?(ive|in|an|ain)/.test(rest) && !/^t?ing/.test(rest)) return 't';
  return 'ɾ';
}

function writeConsonant(context: PhoneContext): string {
  const { sound, before, after, letters } = context;
  if (sound.phone === 'T') return writeT(context);
  if (sound.phone === 'N' && (after?.phone === 'K' || after?.phone === 'G')) return 'ŋ';
  if (sound.phone === 'Z' && before?.phone === 'N' && letters.startsWith('trans')) return 's';
  if (sound.phone === 'R' && before?.phone === 'AY' && !isVowel(after)) return 'ɚ';
  if (sound.phone === 'R' && before?.phone === 'UH' && isVowel(after)) return 'ɹɹ';
  return CONSONANTS[sound.phone] ?? '';
}

/**
 * Stress the dictionary writes and espeak does not: a weak one right before the strong one or right after it in the
 * last syllable ("football"), on a final -y, and in the prefixes be-, de-, pre-, re-, which are reduced.
 */
function tidyStress(letters: string, sounds: readonly Sound[]): Sound[] {
  const vowels = sounds.filter(isVowel);
  return sounds.map((sound) => {
    if (sound.stress !== 2) return sound;
    const at = vowels.indexOf(sound);
    const last = at === vowels.length - 1;
    const spelledI = /[iy]/.test(letters[sound.at] ?? '');
    const ending = /^(?:e?[sd])?$/.test(letters.slice(sound.at + 1)); // but not "magazine"
    if (sound.phone === 'ER' || (sound.phone === 'IY' && spelledI && ending)) return { ...sound, stress: 0 };
    if (vowels[at + 1]?.stress === 1) {
      const prefix =
        sound.at > 0 && letters[sound.at] === 'e' && /^([bdr]e|pre)/.test(letters) && sound.at < 3;
      return { ...sound, stress: prefix ? 0 : UNMARKED };
    }
    return last && vowels[at - 1]?.stress === 1 ? { ...sound, stress: UNMARKED } : sound;
  });
}

/** A vowel of full quality that carries no stress mark. */
const UNMARKED = 3;

/**
 * Writes a word's sounds in espeak-ng's IPA, stress marks right before the vowel. `en-GB` is still rhotic here
 * (british.ts finishes it); it differs where the choice needs the spelling.
 */
export function writeIpa(letters: string, phonemes: readonly Sound[], dialect: Dialect): string {
  const sounds = tidyStress(letters, phonemes);
  let ipa = '';
  for (let index = 0; index < sounds.length; index++) {
    const context = phoneContextAt(letters, sounds, index, dialect);
    const { sound } = context;
    if (sound.stress < 0) {
      const written = writeConsonant(context);
      ipa += written;
      if (written === 'ʔ') {
        ipa += 'n̩';
        index += 2;
      }
    } else if (isReduced(sound)) ipa += reducedVowel(context);
    else ipa += (STRESS_MARKS[sound.stress] ?? '') + fullVowel(context);
  }
  return ipa;
}
