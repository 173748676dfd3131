/** The characters and spans that decide where a text may be cut. */

/** Closing quotes and brackets: they belong to the mark before them. */
const CLOSERS = String.raw`["'’”»›)\]}）】」』》〉〕｣＂]`;

/** A dialogue turn begins here. */
export const speakerTag: RegExp = /^<\|speaker:/;

/** The Greek question mark looks like a semicolon. */
const GREEK_QUESTION = `[;\\u037E]["']*`;

export const endsInGreekQuestion: RegExp = new RegExp(`${GREEK_QUESTION}$`, 'u');

/**
 * Where a sentence may end: after the marks of any script (Unicode Sentence_Terminal: `..` `!` `?` `。` `！` `？` `।` `؟` `۔`
 * `។` and so on), with the ellipsis and the Tibetan shad; at a newline; before a dialogue turn. The fullwidth stop between
 * digits is a decimal point. No match is longer than `MAX_STOP_LENGTH`, so a text can be looked through in windows.
 */
export const sentenceStops: RegExp = new RegExp(
  [
    String.raw`(?:(?![．](?=\p{N}))[\p{Sentence_Terminal}…།༎]){1,64}${CLOSERS}{0,64}`,
    String.raw`[\n\r\u2028\u2029]`,
    `${GREEK_QUESTION.replace('*', '{0,64}')}(?=\\s)`,
    `(?=${speakerTag.source.slice(1)})`,
  ].join('|'),
  'gu',
);
export const MAX_STOP_LENGTH = 128;

/** The same where a text ends with them; group 1 the marks, group 2 the closers. */
export const endsInSentenceMark: RegExp = new RegExp(
  String.raw`((?:\p{Sentence_Terminal}|[…།༎])+)(${CLOSERS}*)$`,
  'u',
);

/** Clause marks that need no space after them. A double hyphen is a dash as typewriters made it. */
const TIGHT_CLAUSE = `[、，；：،؛፣፤፥၊៖᠂—⸺…]|--+`;

/** Where a clause may end: a gap between words, or a mark that needs none. Group 1 is the gap. */
export const clauseGaps: RegExp = new RegExp(String.raw`(\s+)|(?:${TIGHT_CLAUSE})+${CLOSERS}*(?=\S)`, 'gu');

export const endsInClauseMark: RegExp = new RegExp(
  String.raw`(?:[,;:]|${TIGHT_CLAUSE})${CLOSERS}*$|(?:^|\s)[-–]$`,
  'u',
);

/** Scripts that put no space between words. */
export const unspacedLetters: RegExp =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Tibetan}]/gu;

/** Fish-Speech's marks: `<|speaker:0|>`, `(happy)`, `[laugh]`. Alone they say nothing. */
export const fishTags: RegExp = /<\|[^|\n]{1,64}\|>|\([a-z][a-z -]{0,39}\)|\[[a-z][a-z -]{0,39}\]/gu;

/** Never begins a segment: it would be torn from the letter before it (UAX 29, grapheme cluster rule GB9). */
const clings: RegExp = /^(?:[\p{Grapheme_Extend}\p{M}\p{Emoji_Modifier}\u0E33\u0EB3]|\u200D)/u;

export function startsMidCluster(text: string, at: number): boolean {
  return clings.test(text.slice(at, at + 2));
}

const turns = /<\|speaker:[^|\n]{1,64}\|>/g;

/**
 * Makes the texts of segments, each opened on its own, in order. A dialogue tag holds until the next one, so a segment in the
 * middle of a turn gets its turn's tag again: without it the origin would go back to the first speaker.
 */
export function createSpeakerRepeater(): (text: string) => string {
  let speaker = '';
  return (text) => {
    const found = [...text.matchAll(turns)];
    const opened = found[0]?.index === 0 ? text : speaker + text;
    speaker = found.at(-1)?.[0] ?? speaker;
    return opened;
  };
}
