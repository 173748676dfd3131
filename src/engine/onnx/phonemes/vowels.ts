import type { Sound } from './match.ts';
import { isVowel, type PhoneContext } from './phone-context.ts';

const VOWELS: Readonly<Record<string, string>> = {
  AA: 'ɑː',
  AE: 'æ',
  AH: 'ʌ',
  AO: 'ɔː',
  AW: 'aʊ',
  AY: 'aɪ',
  EH: 'ɛ',
  EY: 'eɪ',
  IH: 'ɪ',
  IY: 'iː',
  OW: 'oʊ',
  OY: 'ɔɪ',
  UH: 'ʊ',
  UW: 'uː',
};

/** British speech has ɑː in these, American and the rest of the trap words æ. */
const BATH =
  /(b|p)ath$|(d|ch|gl|tr|fr|adv|enh)anc|answer|[^y]ask|casket|c?ast(le|er|s|ed|ing)?$|after|(cr|dr|sh|r)aft|staff|hal[fv]|cal[fv]|laugh|(cl|gl|gr|p|br)ass|(gr|pl|ch|sl)ant|branch|aunt|can't|cant$|ample|mand|rather/;

/** The dictionary mixes AA and AO; the spelling tells lot (ɑː), cloth (ɔ) and thought (ɔː) apart. */
function backVowel(context: PhoneContext): string {
  const { sound, letter, rest, after, before, letters, dialect } = context;
  const [lot, cloth] = dialect === 'en-GB' ? ['ɒ', 'ɒ'] : ['ɑː', 'ɔ'];
  if (after?.phone === 'R') return VOWELS[sound.phone]!;
  if (letter === 'a') {
    if (/^l[ts]/.test(rest) && sound.phone === 'AO') return cloth;
    if (/^(u|w|l[^aeiou]|ll)/.test(rest)) return 'ɔː';
    if (before?.phone === 'W' && (/^l[^lk]/.test(rest) || /^n[td]/.test(rest))) return cloth;
    return sound.phone === 'AO' && !/^(sh|tch)/.test(rest) ? 'ɔː' : 'ɑː';
  }
  if (letter === 'o' && /^ught/.test(rest)) return 'ɔː';
  if (letter !== 'o' || /^[uawi]/.test(rest)) return VOWELS[sound.phone]!;
  if (after?.phone === 'NG' || /^(st|ss|ft|ff|th)/.test(rest)) return sound.phone === 'AO' ? cloth : lot;
  if (/^nts?$/.test(rest) || letters === 'on') return cloth;
  return lot;
}

/** Before R the dictionary merges marry and merry, espeak does not. */
function frontBeforeR(context: PhoneContext): string {
  const { letter, rest } = context;
  if (letter !== 'a' || !/^r+[aeiouy]/.test(rest)) return 'ɛ';
  return /^r(e|y|i[aeou]|ents?$)/.test(rest) ? 'ɛ' : 'æ';
}

/** A vowel with stress, or without it but unreduced. */
export function fullVowel(context: PhoneContext): string {
  const { sound, after, sounds, index, letter, rest } = context;
  const { phone } = sound;
  if (phone === 'AE' && context.dialect === 'en-GB') return BATH.test(context.letters) ? 'ɑː' : 'a';
  const linked = isVowel(after) ? 'ɹ' : '';
  if (phone === 'ER') return `ɜː${linked}`;
  if (phone === 'IY' && after?.phone === 'AH' && after.stress === 0) return 'i';
  if (phone === 'AA' && sound.stress === 0 && letter === 'a' && rest === '') return 'ə'; // Tacoma
  if (phone === 'AA' || phone === 'AO') return backVowel(context);
  if (after?.phone === 'R') {
    if (phone === 'EH' || phone === 'AE') return phone === 'AE' ? 'æ' : frontBeforeR(context);
    if (phone === 'IY' || phone === 'IH') {
      const glide = letter === 'e' && /^r[ioya]/.test(rest) && isVowel(sounds[index + 2]);
      return glide ? 'iə' : 'ɪ';
    }
    if (phone === 'UW') return 'ʊ';
  }
  return VOWELS[phone] ?? '';
}

const REDUCING = new Set(['AH', 'IH', 'IY', 'ER', 'EH', 'UW']);

/** Whether the vowel is unstressed and of the kind whose quality then depends on the spelling. */
export const isReduced = (sound: Sound): boolean => sound.stress === 0 && REDUCING.has(sound.phone);

const isStressed = (sound: Sound | undefined): boolean =>
  sound !== undefined && (sound.stress === 1 || sound.stress === 2);

/** The next vowel of the word. */
function vowelAfter({ sounds, index }: PhoneContext): Sound | undefined {
  return sounds.slice(index + 1).find(isVowel);
}

/** Unstressed e: the prefixes re-, de-, be-, ex-, and the endings -ed, -es, -et. */
function reducedE(context: PhoneContext): string {
  const { letters, rest, sound, after, before } = context;
  const first = sound.at === 0;
  if (first && rest[0] === 'x') return 'ɛ';
  if (first && /^[nms][^aeiou]/.test(rest)) return 'ɛ';
  if (first) return /^[lv]/.test(rest) ? 'ᵻ' : 'ɪ';
  if (sound.at <= 2 && /^([bdr]e|pre|se)/.test(letters) && isStressed(vowelAfter(context))) {
    return /^be[gc]|^de[tvz]|^des[ie]|^res?u|^pre/.test(letters) ? 'ɪ' : 'ᵻ';
  }
  if (rest === 'd' || (rest === 's' && after?.phone === 'Z')) return 'ᵻ';
  if (/^(t|ts|ted|ting|ss|st)$/.test(rest) && !/[ln]ess/.test(letters)) return 'ɪ';
  if (rest === 'ss' || rest === 'ssly') return 'ə';
  if (sound.phone === 'IH' && before?.phone !== 'V') return 'ɪ';
  if (sound.phone === 'IY') return 'i';
  return 'ə';
}

/** Unstressed i: -ity, -ify, -ible. */
function reducedI(context: PhoneContext): string {
  const { rest, sound } = context;
  if (/^(ty|ties|fy|fies|fied|fying|ble|bly|cate|cates|cated|cating|mate|nate|nated)$/.test(rest)) return 'ᵻ';
  if (/^(on|ous|an|al|ent|ence|ed)/.test(rest) && sound.phone === 'AH') return 'ə';
  return 'ɪ';
}

function reducedU(context: PhoneContext): string {
  const { rest, before, sound } = context;
  if (sound.at === 0 && rest[0] === 'n') return 'ʌ';
  if (before?.phone === 'Y' || before?.phone === 'CH' || before?.phone === 'JH')
    return rest[0] === 'l' || rest[0] === 'r' ? 'ʊ' : 'uː';
  if (/^[pb]$/.test(rest)) return 'ʌ';
  return sound.phone === 'UW' ? 'uː' : 'ə';
}

function reducedA(context: PhoneContext): string {
  const { rest, sound, after } = context;
  if (/^(ge|ges|ged|ger|gers|ging)$/.test(rest)) return 'ɪ';
  if (sound.at === 0) return isVowel(after) || /^cro/.test(rest) ? 'ə' : 'ɐ';
  return isStressed(vowelAfter(context)) && !/^[lnm]/.test(rest) ? 'ɐ' : 'ə';
}

/** -ies, -ied and i before a stressed vowel are short. */
function reducedIY(context: PhoneContext): string {
  const { letter, rest, after } = context;
  if (letter === 'i' && rest === 'ed') return 'ɪ';
  if (isVowel(after) && (isStressed(after) || after!.phone === 'OW')) return letter === 'e' ? 'iː' : 'ɪ';
  return 'i';
}

/** How espeak writes an unstressed vowel; ARPAbet has only AH0 and IH0 where it tells ə, ɐ, ɪ and ᵻ apart. */
export function reducedVowel(context: PhoneContext): string {
  const { sound, after, letter, rest, letters } = context;
  if (sound.phone === 'ER') {
    if (/^d[ei]r[aeiou]/.test(letters) && sound.at <= 2 && isVowel(after)) return 'ᵻɹ';
    return isVowel(after) ? 'ɚɹ' : 'ɚ';
  }
  if (sound.phone === 'EH') return /^nt/.test(rest) && letters.includes('ment') ? 'ə' : 'ɛ';
  if (sound.phone === 'IY' && !(letter === 'e' && sound.at <= 2 && rest.length > 2 && !isVowel(after)))
    return reducedIY(context);
  if (letter === 'e') return reducedE(context);
  if (sound.phone === 'UW') return 'uː';
  if (letter === 'u') return reducedU(context);
  if (letter === 'i' || letter === 'y') return reducedI(context);
  if (letter === 'a') return sound.phone === 'IH' && sound.at > 0 ? 'ɪ' : reducedA(context);
  return sound.phone === 'IH' ? 'ɪ' : 'ə';
}
