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
