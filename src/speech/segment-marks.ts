/** The characters and spans that decide where a text may be cut. */

/** Closing quotes and brackets: they belong to the mark before them. */
const CLOSERS = String.raw`["'’”»›)\]}）】」』》〉〕｣＂]`;

/**
 * Ends of sentences in any script (Unicode Sentence_Terminal: `.` `!` `?` `。` `！` `？` `।` `؟` `۔` `។` and so on), with the
 * ellipsis and the Tibetan shad. The fullwidth stop between digits is a decimal point.
 */
export const sentenceMarks: RegExp = new RegExp(
  String.raw`(?:(?![．](?=\p{N}))[\p{Sentence_Terminal}…།༎])+${CLOSERS}*`,
  'gu',
);

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

/** A dialogue turn begins here. */
export const speakerTag: RegExp = /^<\|speaker:/;

/** Spans that are never cut: tags, short brackets, addresses. Every repetition is bounded or free of backtracking. */
const wholeSpans: RegExp =
  /<\|[^|\n]{1,64}\|>|\([^()\n]{1,40}\)|\[[^[\]\n]{1,40}\]|(?:https?:\/\/|www\.)[^\s<>"'。！？、，；：）」』】]+/gu;

/** Never begins a segment: it would be torn from the letter before it (UAX 29, grapheme cluster rule GB9). */
const clings: RegExp = /^(?:[\p{Grapheme_Extend}\p{M}\p{Emoji_Modifier}\u0E33\u0EB3]|\u200D)/u;

export function startsMidCluster(text: string, at: number): boolean {
  return clings.test(text.slice(at, at + 2));
}

/** Tells whether an offset lies inside a span that must stay whole. */
export function findWholeSpans(text: string): (at: number) => boolean {
  const starts: number[] = [];
  const ends: number[] = [];
  for (const { index, 0: span } of text.matchAll(wholeSpans)) {
    starts.push(index);
    ends.push(index + span.length);
  }
  return (at) => {
    let low = 0;
    let high = starts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) < at) low = middle + 1;
      else high = middle;
    }
    return at < (ends[low - 1] ?? 0);
  };
}
