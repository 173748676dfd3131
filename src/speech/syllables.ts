/** Letters of the scripts that write their vowels, in groups: about one a syllable. */
const vowelGroups =
  /[aeiouyàáâãäåæèéêëìíîïòóôõöøœùúûüýÿāăąēĕėęěīĭįōŏőūŭůűųơưạ-ỹаеёиоуыэюяєіїαεηιουωάέήίόύώ]+/giu;
/** One character is one syllable: Han, kana, Hangul; a digit is about one word. */
const syllableCharacters =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{N}\p{Sc}%&@+=#°]/gu;
const acronym = /^\p{Lu}{2,6}$/u;

/** A letter takes time too: "strengths" is longer than "a". */
const PER_LETTER = 0.15;
/** Letters in a syllable where vowels are not written, or not as letters (Arabic, Hebrew, Thai). */
const LETTERS_IN_SYLLABLE = 2;

/**
 * About how long `word` takes to say, in syllables. Good enough to share a known stretch of time among its words; no
 * language is asked for, as most requests name none.
 */
export function weighWord(word: string): number {
  const letters = word.match(/\p{L}/gu)?.length ?? 0;
  const characters = word.match(syllableCharacters)?.length ?? 0;
  if (acronym.test(word)) return letters; // said letter by letter
  const vowels = word.match(vowelGroups)?.length ?? 0;
  const spelt = characters > 0 ? 0 : letters / LETTERS_IN_SYLLABLE;
  const syllables = characters + (vowels > 0 ? vowels : spelt);
  return Math.max(1, syllables) + PER_LETTER * letters;
}
