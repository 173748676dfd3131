import type { Given } from './given.ts';

/** What a text sounds like. */
export interface Sounds {
  readonly ipa: string;
  /** Its words in order, as far as it is known where each stands in `ipa`. */
  readonly words: readonly SoundedWord[];
}

/** `word` sounds like `ipa.slice(from, to)`. */
export interface SoundedWord {
  readonly word: string;
  readonly from: number;
  readonly to: number;
}

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
  /** The same, and which word is where. */
  sound(text: string, given?: Given): Sounds;
}
