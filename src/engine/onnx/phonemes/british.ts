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
