import type { PhonemeOverride } from '../core/request.ts';
import { WordFinder } from './pronounce.ts';

/**
 * International Phonetic Alphabet to English letters that most readers, and models that read letters only, say alike. Longer
 * sounds first. Lossy by nature: an alias is better where the engine cannot read sounds.
 */
const spellings: readonly (readonly [ipa: string, letters: string])[] = [
  ['tʃ', 'ch'],
  ['dʒ', 'j'],
  ['aɪ', 'eye'],
  ['aʊ', 'ow'],
  ['eɪ', 'ay'],
  ['oʊ', 'oh'],
  ['əʊ', 'oh'],
  ['ɔɪ', 'oy'],
  ['iː', 'ee'],
  ['uː', 'oo'],
  ['ɑː', 'ah'],
  ['ɔː', 'aw'],
  ['ɜː', 'er'],
  ['ɪə', 'eer'],
  ['eə', 'air'],
  ['ʊə', 'oor'],
  ['ʃ', 'sh'],
  ['ʒ', 'zh'],
  ['θ', 'th'],
  ['ð', 'th'],
  ['ŋ', 'ng'],
  ['ɹ', 'r'],
  ['ɾ', 't'],
  ['j', 'y'],
  ['ɡ', 'g'],
  ['x', 'kh'],
  ['χ', 'kh'],
  ['ç', 'h'],
  ['ʁ', 'r'],
  ['ɲ', 'ny'],
  ['ʎ', 'ly'],
  ['ʔ', ''],
  ['ɬ', 'l'],
  ['i', 'ee'],
  ['ɪ', 'i'],
  ['e', 'ay'],
  ['ɛ', 'eh'],
  ['æ', 'a'],
  ['a', 'ah'],
  ['ɑ', 'ah'],
  ['ɒ', 'o'],
  ['ɔ', 'aw'],
  ['o', 'oh'],
  ['ʊ', 'oo'],
  ['u', 'oo'],
  ['ʌ', 'uh'],
  ['ə', 'uh'],
  ['ɐ', 'uh'],
  ['ɚ', 'er'],
  ['ɝ', 'er'],
  ['ɜ', 'er'],
  ['ɯ', 'oo'],
  ['y', 'ee'],
  ['ø', 'er'],
  ['œ', 'er'],
  ['ɤ', 'uh'],
  ['ᵻ', 'i'],
];

/** The sounds of a word in letters, for example `kˈoʊkəɹoʊ` as `kohkuhroh`. */
export function respell(ipa: string): string {
  let letters = '';
  for (let at = 0; at < ipa.length; ) {
    const [sound, spelling] = spellings.find(([symbol]) => ipa.startsWith(symbol, at)) ?? [
      ipa[at] ?? '',
      plain(ipa[at]),
    ];
    letters += spelling;
    at += sound.length;
  }
  return letters;
}

function plain(symbol: string | undefined): string {
  return symbol !== undefined && /[a-z ]/.test(symbol) ? symbol : '';
}

/** `text` for an engine that reads letters only: words whose sounds are given are written as they sound. */
export function respelled(text: string, phonemeOverrides: readonly PhonemeOverride[]): string {
  const words = new WordFinder(phonemeOverrides.map((given) => ({ ...given, caseSensitive: true })));
  let spelled = '';
  let from = 0;
  for (const { start, end, entry } of words.find(text)) {
    spelled += text.slice(from, start) + respell(entry.ipa);
    from = end;
  }
  return spelled + text.slice(from);
}
