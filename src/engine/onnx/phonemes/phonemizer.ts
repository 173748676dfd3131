import { wholeWords } from '../../../speech/pronounce.ts';

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

/**
 * Words whose sounds are given. In the text each stands as a word of letters that no language has, so that it passes through
 * normalisation as one; the phonemizer then writes its sounds.
 */
export type Given = ReadonlyMap<string, string>;

export const noneGiven: Given = new Map();

const letters = 'abcdefghij';
const token = /zqx[a-j]{4}qz/g;

/** @param sounds words as they stand in the text, and their IPA */
export function markGiven(
  text: string,
  sounds: readonly { readonly word: string; readonly ipa: string }[],
): { readonly text: string; readonly given: Given } {
  const given = new Map<string, string>();
  let marked = text;
  for (const [index, { word, ipa }] of sounds.entries()) {
    const name = String(index)
      .padStart(4, '0')
      .replace(/\d/g, (digit) => letters[Number(digit)] ?? '');
    marked = marked.replace(wholeWords([word], 'gu'), () => `zqx${name}qz`);
    given.set(`zqx${name}qz`, ipa);
  }
  return { text: marked, given };
}

/** The sounds of a word, with English's ending where it has one; undefined when they are not given. */
export function givenSounds(word: string, given: Given): string | undefined {
  const [base = '', ending] = word.split("'");
  const ipa = given.get(base);
  if (ipa === undefined || ending !== 's') return ipa;
  if (/[szʃʒ]$/.test(ipa)) return `${ipa}ɪz`;
  return ipa + (/[ptkfθ]$/.test(ipa) ? 's' : 'z');
}

/** Clauses in pieces: what the phonemizer reads, and sounds that are given. */
export function splitGiven(
  text: string,
  given: Given,
): { readonly text: string; readonly ipa?: string | undefined }[] {
  if (given.size === 0) return [{ text }];
  const pieces: { text: string; ipa?: string | undefined }[] = [];
  let from = 0;
  for (const match of text.matchAll(token)) {
    pieces.push({ text: text.slice(from, match.index) }, { text: match[0], ipa: given.get(match[0]) });
    from = match.index + match[0].length;
  }
  return [...pieces, { text: text.slice(from) }].filter((piece) => piece.text.trim() !== '');
}
