import type { Given } from './given.ts';

/** Text to phonemes. One per language; stateless but for caches, so one object may serve all requests. */
export interface Phonemizer {
  readonly id: string;
  /**
   * IPA in espeak-ng's notation, which Piper voices were trained on: a stress mark stands right before its vowel,
   * words are separated by one space, the clause marks `. , ; : ! ?` are kept behind the word they follow.
   * `text` is normalised text (speech/normalize): no digits, no abbreviations. Never throws on any text.
   * Words of `given` sound as it says.
   */
  phonemize(text: string, given?: Given): string;
}
