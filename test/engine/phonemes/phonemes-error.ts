import { editDistance } from '../../../scripts/letters/distance.ts';

/** Splits IPA into phonemes: affricates, diphthongs and long vowels are one; stress, spaces and marks are none. */
function splitIpa(ipa: string): string[] {
  return ipa.replace(/[ˈˌ\s.,;:!?]/g, '').match(/tʃ|dʒ|[aeo][ɪʊ]|ɔɪ|n̩|[^ː]ː?/gu) ?? [];
}

/** Phoneme error rate over pairs of IPA strings, stress ignored: edits per reference phoneme. */
export function phonemeErrorRate(
  pairs: readonly { readonly ours: string; readonly reference: string }[],
): number {
  let edits = 0;
  let phonemes = 0;
  for (const { ours, reference } of pairs) {
    const expected = splitIpa(reference);
    edits += editDistance(splitIpa(ours), expected);
    phonemes += expected.length;
  }
  return edits / phonemes;
}

/** Symbols of `phoneme_id_map` in en_US-joe-medium.onnx.json, the same in every Piper voice with espeak phonemes. */
export const PIPER_SYMBOLS: ReadonlySet<string> = new Set(
  '_^$ !\'(),-.:;?abcdefhijklmnopqrstuvwxyzæçðøħŋœǀǁǂǃɐɑɒɓɔɕɖɗɘəɚɛɜɞɟɠɡɢɣɤɥɦɧɨɪɫɬɭɮɯɰɱɲɳɴɵɶɸɹɺɻɽɾʀʁʂʃʄʈʉʊʋʌʍʎʏʐʑʒʔʕʘʙʛʜʝʟʡʢʲˈˌːˑ˞βθχᵻⱱ0123456789\u0327\u0303\u032a\u032f\u0329ʰˤε↓#"',
);

/** The vocabulary of Kokoro v1.0's tokenizer. */
export const KOKORO_SYMBOLS: ReadonlySet<string> = new Set(
  '$;:,.!?—…"()“” \u0303ʣʥʦʨᵝꭧAIOQSTWYᵊabcdefhijklmnopqrstuvwxyzɑɐɒæβɔɕçɖðʤəɚɛɜɟɡɥɨɪʝɯɰŋɳɲɴøɸθœɹɾɻʁɽʂʃʈʧʊʋʌɣɤχʎʒʔˈˌːʰʲ↓→↗↘ᵻ',
);

/** What a listener would notice: without secondary stress, lengths, and the shades of unstressed vowels. */
export function broadly(ipa: string): string {
  return ipa
    .replace(/[ˌː\s]/g, '')
    .replaceAll('ʔn̩', 'tən')
    .replaceAll('n̩', 'ən')
    .replaceAll('ɾ', 't')
    .replace(/ɹɹ/g, 'ɹ')
    .replace(/ɜɹ?|ɚɹ?/g, 'əɹ')
    .replace(/(?<!ˈ)[ᵻɐɪ]/g, 'ə')
    .replace(/o(?=ɹ)/g, 'ɔ')
    .replace(/ɔ(?![ɹɪ])/g, 'ɑ')
    .replace(/(?<!ˈ)i(?=ə)/g, 'ə');
}
