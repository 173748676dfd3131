import { isAbbreviation } from './abbreviations.ts';
import { endsInSentenceMark, sentenceMarks, speakerTag, startsMidCluster } from './segment-marks.ts';
import { type Matter, type Pause, type Span, skipSpace, trimBack } from './segment-span.ts';
import { segmenter } from './segmenters.ts';

/** How much of the text on either side of a boundary is looked at. */
const CONTEXT_CHARACTERS = 80;

/** Sentences, titles and list items of a text, in order: all of it but the space between. */
export function findSentences({ text, language, isInside }: Matter): Span[] {
  const spans: Span[] = [];
  let start = skipSpace(text, 0);
  let at = start;
  const byRuntime = new Set<number>();
  for (const { index } of segmenter(language, 'sentence').segment(text)) byRuntime.add(index);
  for (const candidate of candidates(text, byRuntime)) {
    if (candidate <= at) continue; // also keeps a long run of newlines from being walked again and again
    at = skipSpace(text, candidate);
    if (at >= text.length) break;
    const end = trimBack(text, start, at);
    if (end === start || isInside(at) || startsMidCluster(text, at)) continue;
    const pause = pauseBetween(text, { start, end, at, trusted: byRuntime.has(at) }, language);
    if (pause === 'none') continue;
    spans.push({ start, end, pause });
    start = at;
  }
  if (start < text.length) spans.push({ start, end: trimBack(text, start, text.length), pause: 'none' });
  return spans;
}

/** Offsets where a sentence may end, rising: where the runtime says so, after any script's marks, at dialogue turns. */
function candidates(text: string, byRuntime: Iterable<number>): number[] {
  const found = [...byRuntime];
  for (const mark of text.matchAll(sentenceMarks)) found.push(mark.index + mark[0].length);
  for (const turn of text.matchAll(new RegExp(speakerTag.source.slice(1), 'g'))) found.push(turn.index);
  return found.sort((a, b) => a - b);
}

interface Boundary {
  readonly start: number;
  readonly end: number;
  /** Where the next sentence would begin. */
  readonly at: number;
  /** The runtime sees an end here too. */
  readonly trusted: boolean;
}

/** What separates text[start..end) from what begins at `at`; `none` when they are one sentence. */
function pauseBetween(text: string, { start, end, at, trusted }: Boundary, language: string): Pause {
  const newlines = text.slice(end, at).match(/\r\n?|[\n\u2028\u2029]/g)?.length ?? 0;
  if (newlines > 1) return 'paragraph';
  const after = text.slice(at, at + CONTEXT_CHARACTERS);
  if (speakerTag.test(after)) return 'sentence';
  const before = text.slice(Math.max(start, end - CONTEXT_CHARACTERS), end);
  const [, marks, closers = ''] = endsInSentenceMark.exec(before) ?? [];
  const onNewLine = newlines > 0;
  if (marks === undefined) {
    // A wrapped line goes on in lower case; a title, a verse or a list item does not.
    if (onNewLine) return /^\p{Ll}/u.test(after) ? 'none' : 'sentence';
    return trusted && end < at && /\p{Po}$/u.test(before) ? 'sentence' : 'none'; // the Greek question mark
  }
  const isStop = marks === '.';
  if (isStop && !onNewLine && listMarker.test(before)) return 'none';
  if (isStop && closers === '' && isAbbreviation(lastWord(before), after, language)) return 'none';
  if (onNewLine) return 'sentence';
  return endsSentence(marks, closers, end < at, after) ? 'sentence' : 'none';
}

function endsSentence(marks: string, closers: string, hasGap: boolean, after: string): boolean {
  const isLatin = /[.!?…]$/.test(marks);
  if (!isLatin) return true;
  // "example.com", "3.14", "Yahoo!Mail", "a?b=c" against "Hi!你好"
  if (!hasGap) return /[!?]$/.test(marks) && /^\p{Lo}/u.test(after);
  if (!/^\p{Ll}/u.test(after)) return true;
  // "Stop!" he said. Wait... what. A full stop before lower case is somebody's abbreviation.
  return /[!?]$/.test(marks) && closers === '';
}

/** "1. Wash the rice. 2. Boil it.", "Do so: 1. Wash it.": the number belongs to its item. */
const listMarker = /(?:^|[:;]\s)(?:\p{N}{1,3}|\p{L})\.$/u;

/** The word before the final stop, without an opening bracket or quote. */
function lastWord(before: string): string {
  return /([^\s([{"'“‘«]+)\.$/u.exec(before)?.[1] ?? '';
}
