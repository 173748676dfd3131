import type { SpokenSegment } from '../../core/engine.ts';
import { type TimedWord, timeWords } from '../words.ts';

/** A stretch of text and when it is heard, in seconds: exact, as its samples were counted. */
export interface TimedSegment {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** Exact where the engine told of them, else estimated inside of the segment. */
  readonly words: readonly TimedWord[];
}

/** What a speech said: what the files of captions are made of. `rate` is samples per second. */
export interface Said {
  readonly rate: number;
  readonly segments: readonly SpokenSegment[];
}

export function timeSegment({ text, start, end, words = [] }: SpokenSegment, rate: number): TimedSegment {
  const span = { start: start / rate, end: end / rate };
  const known = words.map((word) => ({ ...word, start: word.start / rate, end: word.end / rate }));
  return { text: text.trim(), ...span, words: timeWords(text, span, known) };
}

/** Times as JSON has them: milliseconds are finer than anybody hears. */
function seconds(value: number): number {
  return Math.round(value * 1000) / 1000;
}

interface WordJson {
  readonly word: string;
  readonly start: number;
  readonly end: number;
  /** Only where the engine did not tell of it. */
  readonly estimated?: true;
}

interface SegmentJson {
  readonly id: number;
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** One segment with its words, for an event of a stream. */
export function segmentJson(
  said: TimedSegment,
  id: number,
): SegmentJson & { readonly words: readonly WordJson[] } {
  const { text, start, end } = said;
  return { id, start: seconds(start), end: seconds(end), text, words: said.words.map(wordJson) };
}

function wordJson({ word, start, end, estimated }: TimedWord): WordJson {
  return { word, start: seconds(start), end: seconds(end), ...(estimated && { estimated }) };
}

/** The members of OpenAI's `verbose_json` transcription that make sense here; estimated times say so. */
export function captionsJson({ rate, segments }: Said): object {
  const timed = segments.map((segment) => timeSegment(segment, rate));
  return {
    task: 'speech',
    duration: seconds(timed.at(-1)?.end ?? 0),
    text: timed.map(({ text }) => text).join(' '),
    segments: timed.map(({ text, start, end }, id) => ({
      id,
      start: seconds(start),
      end: seconds(end),
      text,
    })),
    words: timed.flatMap(({ words }) => words.map(wordJson)),
  };
}
