import { limitGrowth } from './segment-growth.ts';
import { joinShort, joinSilent } from './segment-join.ts';
import { findWholeSpans } from './segment-marks.ts';
import { findSentences } from './segment-sentences.ts';
import { cutFirst, cutLong } from './segment-shorten.ts';
import type { Matter, Pause } from './segment-span.ts';

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
 * Cuts a text into sentences, the first one short. Every character but the space between segments is kept, in order;
 * every segment says something, unless nothing in the text does; blank text has none. Takes linear time.
 */
export function segment(text: string, options: SegmentOptions = {}): Segment[] {
  const language = (options.language ?? 'en').toLowerCase().split(/[-_]/)[0] ?? 'en';
  const maxCharacters = Math.max(1, options.maxCharacters ?? MAX_CHARACTERS);
  const matter: Matter = { text, language, isInside: findWholeSpans(text) };
  const [first, ...later] = joinSilent(text, findSentences(matter));
  if (!first) return [];
  const firstMaxWords = Math.max(1, options.firstMaxWords ?? FIRST_MAX_WORDS);
  const opening = cutFirst(matter, first, firstMaxWords);
  const short = [...opening, ...later].flatMap((span) => cutLong(matter, span, maxCharacters));
  const pieces = options.growth ? limitGrowth(matter, short, options.growth, firstMaxWords) : short;
  const spans = joinShort(text, joinSilent(text, pieces), maxCharacters);
  return spans.map(({ start, end, pause }, index) => ({
    text: text.slice(start, end),
    pause: index === spans.length - 1 ? 'none' : pause,
  }));
}
