import { isSpeakable } from '../speakable.ts';
import { isAbbreviation } from './abbreviations.ts';
import {
  endsInGreekQuestion,
  endsInSentenceMark,
  MAX_STOP_LENGTH,
  sentenceStops,
  speakerTag,
  startsMidCluster,
} from './marks.ts';
import { chooseCut } from './shorten.ts';
import { type Pause, type Span, skipSpace, type TextContext, trimBack } from './span.ts';

/** How much of the text on either side of a boundary is looked at. */
const CONTEXT_CHARACTERS = 80;
/** UTF-16 units that are looked through at once. */
const WINDOW = 1024;
/** A sentence that goes on for longer is cut where it may be, so that nothing waits for an end that never comes. */
const MAX_SENTENCE_LENGTH = 4096;
/** The last of such a sentence: where it is cut. */
const CUT_WITHIN = 500;
const CUT_CHARACTERS = 100;
/** UTF-16 units without a letter or a digit that are one piece, whatever they are. */
const SILENCE = 4096;
/** A gap that is longer parts sentences, whatever is on its other side. */
const MAX_GAP_LENGTH = 4096;

/**
 * Sentences, titles and list items of a text, in order: all of it but the space between. Looks no further ahead than it
 * must; gives undefined where it looked for a while and found no end, so that a caller can do something else.
 */
export function* findSentences(context: TextContext): Generator<Span | undefined, void, void> {
  const { text } = context;
  let start = yield* pastSpace(text, 0);
  let from = start;
  while (start < text.length) {
    if (from === start && saysNothing(text, start)) {
      yield { start, end: start + SILENCE, pause: 'none' };
      start = yield* pastSpace(text, start + SILENCE);
      from = start;
      continue;
    }
    const found = nextBoundary(context, start, from);
    const isLong = typeof found === 'number' && found - start >= MAX_SENTENCE_LENGTH && found < text.length;
    const boundary = isLong ? cutWithin(context, start, found) : found;
    if (typeof boundary === 'number') {
      from = boundary;
      if (from >= text.length) break;
      yield undefined;
      continue;
    }
    yield { start, end: boundary.end, pause: boundary.pause };
    start = yield* pastSpace(text, boundary.at);
    from = start;
  }
  if (start < text.length) yield { start, end: trimBack(text, start, text.length), pause: 'none' };
}

/** Whether so much of nothing begins here that it need not be looked at closely. */
function saysNothing(text: string, start: number): boolean {
  return text.length - start > SILENCE && !isSpeakable(text.slice(start, start + SILENCE));
}

/** The next place that is no space. */
function* pastSpace(text: string, from: number): Generator<undefined, number, void> {
  let at = skipSpace(text, from, MAX_GAP_LENGTH);
  for (let before = from; at - before === MAX_GAP_LENGTH; at = skipSpace(text, at, MAX_GAP_LENGTH)) {
    before = at;
    yield undefined;
  }
  return at;
}

interface Boundary {
  readonly end: number;
  /** Where the next sentence begins. */
  readonly at: number;
  readonly pause: Pause;
}

/**
 * Where the sentence that begins at `start` ends, if it does within a window from `from`; else how far was looked. Nothing
 * between the two is a boundary.
 */
export function nextBoundary(context: TextContext, start: number, from: number): Boundary | number {
  const { text, language, isInside } = context;
  let looked = from + WINDOW;
  let at = start;
  for (const stop of text.slice(from, looked + MAX_STOP_LENGTH).matchAll(sentenceStops)) {
    if (stop.index >= WINDOW) break; // the next window finds it again
    const candidate = from + stop.index + stop[0].length;
    looked = Math.max(looked, candidate);
    if (candidate <= at) continue; // also keeps a run of newlines from being walked again and again
    at = skipSpace(text, candidate, MAX_GAP_LENGTH);
    if (at >= text.length) return at;
    const end = trimBack(text, start, at);
    if (end === start || isInside(at) || startsMidCluster(text, at)) continue;
    const pause = pauseBetween(text, { start, end, at }, language);
    if (pause !== 'none') return { end, at, pause };
  }
  return Math.min(Math.max(looked, at), text.length);
}

/** A cut in the last of a sentence that is known to go on to `end`. */
function cutWithin(context: TextContext, start: number, end: number): Boundary {
  const last = { start: Math.max(start, end - CUT_WITHIN), end, pause: 'none' } as const;
  const { at, pause } = chooseCut(context, last, CUT_CHARACTERS);
  return { end: trimBack(context.text, start, at), at, pause };
}

/** What separates text[start..end) from what begins at `at`; `none` when they are one sentence. */
function pauseBetween(
  text: string,
  { start, end, at }: { readonly start: number; readonly end: number; readonly at: number },
  language: string,
): Pause {
  const newlines = text.slice(end, at).match(/\r\n?|[\n\u2028\u2029]/g)?.length ?? 0;
  if (newlines > 1) return 'paragraph';
  if (at - end >= MAX_GAP_LENGTH) return 'sentence';
  const after = text.slice(at, at + CONTEXT_CHARACTERS);
  if (speakerTag.test(after)) return 'sentence';
  const before = text.slice(Math.max(start, end - CONTEXT_CHARACTERS), end);
  const [, marks, closers = ''] = endsInSentenceMark.exec(before) ?? [];
  const onNewLine = newlines > 0;
  if (marks === undefined) {
    // A wrapped line goes on in lower case; a title, a verse or a list item does not.
    if (onNewLine) return /^\p{Ll}/u.test(after) ? 'none' : 'sentence';
    return language === 'el' && end < at && endsInGreekQuestion.test(before) ? 'sentence' : 'none';
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

/** Spans that are never cut: tags, short brackets, addresses. No match is longer than `MAX_SPAN_LENGTH`. */
const wholeSpans: RegExp =
  /<\|[^|\n]{1,64}\|>|\([^()\n]{1,40}\)|\[[^[\]\n]{1,40}\]|(?:https?:\/\/|www\.)[^\s<>"'。！？、，；：）」』】]{1,2000}/gu;
const MAX_SPAN_LENGTH = 2048;

/** UTF-16 units that are looked through at once. */
const SPAN_WINDOW = 4096;
/** What lies this far behind the window is asked for no more. */
const KEPT = 65_536;

/**
 * Tells whether an offset of `text` lies inside a span that must stay whole. Looks only as far ahead as it is asked, and
 * remembers a stretch: offsets may be asked for in any order as long as they move on together.
 */
export function findWholeSpans(text: string): (at: number) => boolean {
  let starts: number[] = [];
  let ends: number[] = [];
  let seen = 0;
  const look = (): void => {
    const from = seen;
    const forgotten = ends.findIndex((end) => end > from - KEPT);
    if (forgotten > SPAN_WINDOW) {
      starts = starts.slice(forgotten);
      ends = ends.slice(forgotten);
    }
    seen = from + SPAN_WINDOW;
    for (const { index, 0: span } of text.slice(from, seen + MAX_SPAN_LENGTH).matchAll(wholeSpans)) {
      if (index >= SPAN_WINDOW) break; // the next window finds it again
      starts.push(from + index);
      ends.push(from + index + span.length);
      seen = Math.max(seen, from + index + span.length);
    }
  };
  return (at) => {
    while (seen <= at && seen < text.length) look();
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
