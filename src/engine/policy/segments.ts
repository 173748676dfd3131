import type { Ports } from '../../ports.ts';
import type { SpeechRequest } from '../../speech/request.ts';
import { pullStream } from '../../stream/pull.ts';
import { readAll } from '../../stream/read.ts';
import { turnsOf } from '../../stream/turns.ts';
import { type Policy, withBody } from '../engine.ts';
import { withOpen } from './opening.ts';
import { SegmentLine } from './segment-line.ts';
import { SegmentSource } from './segment-source.ts';
import { Timeline } from './timeline.ts';

export interface SegmentsOptions {
  /** BCP 47; decides abbreviations and conjunctions. English when unknown. */
  readonly language?: string | undefined;
  /** The most words of the first segment where the text allows it. */
  readonly firstMaxWords?: number | undefined;
  /** For a source that hands out a segment when all of it is made, so many times faster than it is said: see `segment`. */
  readonly growth?: number | undefined;
  /** False leaves a request in one piece, untrimmed, unless no engine would take so long a piece. */
  readonly enabled?: ((request: SpeechRequest) => boolean) | undefined;
  /** What becomes of a text that is one segment anyway: by default it is trimmed like any other. */
  readonly alone?: 'trimmed' | 'untouched' | undefined;
}

/** UTF-16 units. An hour and a half of speech: what is longer is cut, also where the client waits for all of it. */
const LONGEST_PIECE = 100_000;

/** No speech that is kept is longer, even at a quarter of its speed. */
const MAX_KEPT_BYTES = 64 * 1024 * 1024;
/** Whole frames of any kind. */
const CHUNK_BYTES = 64 * 1024;

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
    withOpen(inner, async (request, signal) => {
      const { text } = request;
      if (text.length <= LONGEST_PIECE && options.enabled?.(request) === false) {
        return inner.open(request, signal);
      }
      const source = new SegmentSource(text, options, ports.clock && turnsOf(ports.clock));
      const isAlone = await source.isOneOnly(signal);
      if (isAlone && text.length <= LONGEST_PIECE && options.alone === 'untouched') {
        const stream = await inner.open(request, signal);
        const isChanged = stream.cache?.state === 'hit' && stream.length === undefined; // by its speed
        if (!isChanged) return stream;
        const { body, length } = await measured(stream.body);
        return withBody(stream, body, { length });
      }
      const line = new SegmentLine(inner, request, source, { ...ports, isAlone, signal });
      const first = await line.open();
      const timeline = new Timeline();
      const spoken = pullStream(
        () => line.speak(first, timeline),
        () => line.release(),
      );
      const isKept = isAlone && first.cache?.state === 'hit';
      const { body, length } = isKept ? await measured(spoken) : { body: spoken, length: undefined };
      return withBody(first, body, { length, words: undefined, timeline: timeline.segments });
    });
}

/** What is kept as a whole can be known as a whole: how long it is once it is trimmed. */
async function measured(
  spoken: ReadableStream<Uint8Array>,
): Promise<{ readonly body: ReadableStream<Uint8Array>; readonly length: number }> {
  const pcm = await readAll(spoken, MAX_KEPT_BYTES);
  const body = pullStream(async function* () {
    for (let at = 0; at < pcm.length; at += CHUNK_BYTES) yield pcm.subarray(at, at + CHUNK_BYTES);
  });
  return { body, length: pcm.length };
}
