import type { Sound } from './match.ts';
import { isVowel, type Place } from './place.ts';

const REDUCING = new Set(['AH', 'IH', 'IY', 'ER', 'EH', 'UW']);

/** Whether the vowel is unstressed and of the kind whose quality then depends on the spelling. */
export const isReduced = (sound: Sound): boolean => sound.stress === 0 && REDUCING.has(sound.phone);

const isStressed = (sound: Sound | undefined): boolean =>
  sound !== undefined && (sound.stress === 1 || sound.stress === 2);

/** The next vowel of the word. */
function vowelAfter({ sounds, index }: Place): Sound | undefined {
  return sounds.slice(index + 1).find(isVowel);
}

/** Unstressed e: the prefixes re-, de-, be-, ex-, and the endings -ed, -es, -et. */
function reducedE(place: Place): string {
  const { letters, rest, sound, after, before } = place;
  const first = sound.at === 0;
  if (first && rest[0] === 'x') return 'ɛ';
  if (first && /^[nms][^aeiou]/.test(rest)) return 'ɛ';
  if (first) return /^[lv]/.test(rest) ? 'ᵻ' : 'ɪ';
  if (sound.at <= 2 && /^([bdr]e|pre|se)/.test(letters) && isStressed(vowelAfter(place))) {
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
function reducedI(place: Place): string {
  const { rest, sound } = place;
  if (/^(ty|ties|fy|fies|fied|fying|ble|bly|cate|cates|cated|cating|mate|nate|nated)$/.test(rest)) return 'ᵻ';
  if (/^(on|ous|an|al|ent|ence|ed)/.test(rest) && sound.phone === 'AH') return 'ə';
  return 'ɪ';
}

function reducedU(place: Place): string {
  const { rest, before, sound } = place;
  if (sound.at === 0 && rest[0] === 'n') return 'ʌ';
  if (before?.phone === 'Y' || before?.phone === 'CH' || before?.phone === 'JH')
    return rest[0] === 'l' || rest[0] === 'r' ? 'ʊ' : 'uː';
  if (/^[pb]$/.test(rest)) return 'ʌ';
  return sound.phone === 'UW' ? 'uː' : 'ə';
}

function reducedA(place: Place): string {
  const { rest, sound, after } = place;
  if (/^(ge|ges|ged|ger|gers|ging)$/.test(rest)) return 'ɪ';
  if (sound.at === 0) return isVowel(after) || /^cro/.test(rest) ? 'ə' : 'ɐ';
  return isStressed(vowelAfter(place)) && !/^[lnm]/.test(rest) ? 'ɐ' : 'ə';
}

/** -ies, -ied and i before a stressed vowel are short. */
function reducedIY(place: Place): string {
  const { letter, rest, after } = place;
  if (letter === 'i' && rest === 'ed') return 'ɪ';
  if (isVowel(after) && (isStressed(after) || after!.phone === 'OW')) return letter === 'e' ? 'iː' : 'ɪ';
  return 'i';
}

/** How espeak writes an unstressed vowel; ARPAbet has only AH0 and IH0 where it tells ə, ɐ, ɪ and ᵻ apart. */
export function reducedVowel(place: Place): string {
  const { sound, after, letter, rest, letters } = place;
  if (sound.phone === 'ER') {
    if (/^d[ei]r[aeiou]/.test(letters) && sound.at <= 2 && isVowel(after)) return 'ᵻɹ';
    return isVowel(after) ? 'ɚɹ' : 'ɚ';
  }
  if (sound.phone === 'EH') return /^nt/.test(rest) && letters.includes('ment') ? 'ə' : 'ɛ';
  if (sound.phone === 'IY' && !(letter === 'e' && sound.at <= 2 && rest.length > 2 && !isVowel(after)))
    return reducedIY(place);
  if (letter === 'e') return reducedE(place);
  if (sound.phone === 'UW') return 'uː';
  if (letter === 'u') return reducedU(place);
  if (letter === 'i' || letter === 'y') return reducedI(place);
  if (letter === 'a') return sound.phone === 'IH' && sound.at > 0 ? 'ɪ' : reducedA(place);
  return sound.phone === 'IH' ? 'ɪ' : 'ə';
}
