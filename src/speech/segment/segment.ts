import { joinShort, joinSilent, patiently, tooLong } from './join.ts';
import { findSentences, findWholeSpans } from './sentences.ts';
import { cutFirst, cutLong } from './shorten.ts';
import type { Pause, Span, TextContext } from './span.ts';
import { countWords } from './words.ts';

/** A piece of the text that is spoken on its own. */
export interface Segment {
  readonly text: string;
  /** What follows it; `none` after the last. */
  readonly pause: Pause;
}

export interface SegmentOptions {
  /** BCP 47, for example `en-US`; English when unknown. */
  readonly language?: string | undefined;
  /** A longer first sentence is cut: the first audio must not wait for all of it. */
  readonly firstMaxWords?: number | undefined;
  /** UTF-16 units. A longer sentence is cut; one word or address may still be up to four times as long. */
  readonly maxCharacters?: number | undefined;
  /** The source makes speech so many times faster than it is said: no segment is longer than can be made meanwhile. */
  readonly growth?: number | undefined;
}

/** Seven words are about two seconds: 0.22 s to first audio on the embedded voice, against 0.35 s for a sentence. */
const FIRST_MAX_WORDS = 7;
/** About 16 s of speech: bounds the memory of one inference. */
const MAX_CHARACTERS = 250;

/**
 * Cuts a text into sentences, the first one short. Every character but the space between segments is kept, in order, save
 * for what says nothing in more than 1000; every segment says something, unless nothing in the text does; blank text has
 * none. Takes linear time, and looks no more than some 10 kB ahead of what it gives: undefined is a step on the way to the
 * next segment, after which a caller may do something else.
 */
export function* cutLazily(
  text: string,
  options: SegmentOptions = {},
): Generator<Segment | undefined, void, void> {
  const language = (options.language ?? 'en').toLowerCase().split(/[-_]/)[0] ?? 'en';
  const maxCharacters = Math.max(1, options.maxCharacters ?? MAX_CHARACTERS);
  const firstMaxWords = Math.max(1, options.firstMaxWords ?? FIRST_MAX_WORDS);
  const context: TextContext = { text, language, isInside: findWholeSpans(text) };
  const sentences = joinSilent(text, findSentences(context));
  const short = shorten(context, sentences, firstMaxWords, maxCharacters);
  const pieces = options.growth ? limitGrowth(context, short, options.growth, firstMaxWords) : short;
  let held: Span | undefined;
  for (const span of patiently(joinShort(text, joinSilent(text, pieces), maxCharacters))) {
    if (held && span) yield { text: text.slice(held.start, held.end), pause: held.pause };
    else yield undefined;
    held = span === tooLong ? undefined : (span ?? held);
  }
  if (held) yield { text: text.slice(held.start, held.end), pause: 'none' };
}

/** All segments at once: for short texts. */
export function segment(text: string, options: SegmentOptions = {}): Segment[] {
  return [...cutLazily(text, options)].filter((piece) => piece !== undefined);
}

function* shorten(
  context: TextContext,
  sentences: Iterable<Span | undefined>,
  firstMaxWords: number,
  maxCharacters: number,
): Generator<Span | undefined, void, void> {
  let isFirst = true;
  for (const sentence of sentences) {
    const spans = sentence && isFirst ? cutFirst(context, sentence, firstMaxWords) : [sentence];
    if (sentence) isFirst = false;
    for (const span of spans) {
      if (span) yield* cutLong(context, span, maxCharacters);
      else yield undefined;
    }
  }
}

/**
 * Cuts spans so that each is made while those before it are heard, by a source that hands out a span only when all of it
 * is made. One that needs the n-th part of the time that the words take keeps up with a `growth` of n: a span then has at
 * most as many words as were said before it times `growth`, less those made meanwhile, and never has to have fewer than
 * `leastWords`. A span without a good place for a cut stays whole.
 */
function* limitGrowth(
  context: TextContext,
  spans: Iterable<Span | undefined>,
  growth: number,
  leastWords: number,
): Generator<Span | undefined, void, void> {
  let isFirst = true;
  let first = 0;
  let said = 0;
  for (const span of spans) {
    for (let rest: Span | undefined = span; rest; ) {
      const most = Math.max(leastWords, said * (growth - 1) + first);
      const [part, remainder]: readonly Span[] = isFirst ? [rest] : cutFirst(context, rest, Math.floor(most));
      const fitting = part ?? rest;
      yield fitting;
      const words = countWords(context.text.slice(fitting.start, fitting.end));
      if (isFirst) first = words;
      isFirst = false;
      said += words;
      rest = remainder;
    }
    if (!span) yield undefined;
  }
}
