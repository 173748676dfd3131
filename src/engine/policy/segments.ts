import { type Policy, withBody } from '../../core/engine.ts';
import type { Ports } from '../../core/ports.ts';
import type { SpeechRequest } from '../../core/request.ts';
import { pullStream } from '../../stream/pull.ts';
import { turnsOf } from '../../stream/turns.ts';
import { decorate } from './opening.ts';
import { SegmentPipeline, SegmentSource } from './segment-pipeline.ts';
import { Timeline } from './timeline.ts';

export interface SegmentsOptions {
  /** BCP 47; decides abbreviations and conjunctions. English when unknown. */
  readonly language?: string | undefined;
  /** The most words of the first segment where the text allows it; undefined leaves it to `segment`. */
  readonly firstMaxWords?: ((request: SpeechRequest) => Promise<number | undefined>) | undefined;
  /** For a source that hands out a segment when all of it is made, so many times faster than it is said: see `segment`. */
  readonly growth?: number | undefined;
  /** False leaves a request in one piece, untrimmed, unless no engine would take so long a piece. */
  readonly enabled?: ((request: SpeechRequest) => boolean) | undefined;
  /** What becomes of a text that is one segment anyway: by default it is trimmed like any other. */
  readonly alone?: 'trimmed' | 'untouched' | undefined;
}

/** UTF-16 units. An hour and a half of speech: what is longer is cut, also where the client waits for all of it. */
const MAX_PIECE_LENGTH = 100_000;

/**
 * Speaks a text segment by segment, so that its first audio does not wait for all of it. Segments are opened in order
 * with one of look-ahead, which starts when the one before it hands out its first audio: a reader that stops, or leaves,
 * wastes at most one, and the text is cut no further than that. Between segments silence is trimmed to what the punctuation asks for.
 *
 * All segments of a text carry the same `thread`. One that comes with another rate or number of channels, from an engine
 * that stands in, is brought into the form of the first. A later segment that fails errors the body.
 */
export function segments(
  options: SegmentsOptions,
  ports: Pick<Ports, 'wasm'> & Partial<Pick<Ports, 'clock'>>,
): Policy {
  return (inner) =>
    decorate(inner, async function segmentsOpen(request, signal) {
      const { text } = request;
      if (text.length <= MAX_PIECE_LENGTH && options.enabled?.(request) === false) {
        return inner.open(request, signal);
      }
      const firstMaxWords = await options.firstMaxWords?.(request);
      const source = new SegmentSource(
        text,
        { ...options, firstMaxWords },
        ports.clock && turnsOf(ports.clock),
      );
      const isAlone = await source.isOneOnly(signal);
      if (isAlone && text.length <= MAX_PIECE_LENGTH && options.alone === 'untouched') {
        return inner.open(request, signal);
      }
      const pipeline = new SegmentPipeline(inner, request, source, { ...ports, isAlone, signal });
      const first = await pipeline.open();
      const timeline = new Timeline();
      const body = pullStream(
        () => pipeline.speak(first, timeline),
        () => pipeline.release(),
      );
      return withBody(first, body, { length: undefined, words: undefined, timeline: timeline.segments });
    });
}
