import { faceOf } from '../../http/error-response.ts';
import type { Clock } from '../../ports.ts';
import { segmentJson, timeSegment } from '../../speech/captions.ts';
import { type SpeechError, SpeechFailure } from '../../speech/errors.ts';
import type { Speech } from '../../speech/speak.ts';
import { pullStream } from '../../stream/pull.ts';
import { settles } from '../../stream/settles.ts';
import { usageOf } from './token-usage.ts';

/** Most bytes of audio in one event: 0.5 s of pcm at 24 kHz. Even, as some clients play each event's samples at once. */
const EVENT_BYTES = 24 * 1024;
/** Clients give up on a silent connection (livekit after 30 s): a comment tells that it lives. */
export const keepAliveMs = 10_000;

export interface SpeechEventsOptions {
  /** What is said: its length is part of the usage. */
  readonly input: string;
  /** Adds `speech.audio.timestamps` events. */
  readonly timestamps: boolean;
  readonly clock: Clock;
  /** Told why speech broke off: the client reads that in the last event, as its status is long gone. */
  readonly onFailure: (cause: unknown) => void;
}

/**
 * OpenAI's stream of a speech (API reference, `CreateSpeechResponseStreamEvent`) as server-sent events (WHATWG HTML,
 * section 9.2): `speech.audio.delta` with base64 audio, at the end `speech.audio.done` with the usage. What fails in
 * between is an `error` event, which OpenAI's clients throw; without either the stream was cut.
 */
export function speechEvents(speech: Speech, options: SpeechEventsOptions): ReadableStream<Uint8Array> {
  const reader = speech.body.getReader();
  return pullStream(
    async function* () {
      const segments = options.timestamps ? newSegments(speech) : () => [];
      try {
        for (;;) {
          const next = reader.read();
          while (!(await settles(next, keepAliveMs, options.clock))) yield comment('keep-alive');
          const { done, value } = await next;
          if (done) break;
          yield* deltas(value);
          const timed = segments();
          if (timed.length > 0) yield event({ type: 'speech.audio.timestamps', segments: timed });
        }
      } catch (cause) {
        options.onFailure(cause);
        const error: SpeechError = cause instanceof SpeechFailure ? cause.error : { code: 'engine_failed' };
        yield event({ type: 'error', ...JSON.parse(faceOf(error, 'openai').body) }, 'error');
        return;
      }
      const last = segments();
      if (last.length > 0) yield event({ type: 'speech.audio.timestamps', segments: last });
      yield event({ type: 'speech.audio.done', usage: usageOf(options.input, speech.heard.seconds) });
    },
    async () => {
      await reader.cancel().catch(() => {}); // harmless on a body that has ended
    },
  );
}

/** Gives what was said since it was asked last. */
function newSegments({ heard }: Speech): () => object[] {
  let told = 0;
  return () => {
    const all = heard.segments();
    const fresh = all.slice(told).map((segment, index) => {
      return segmentJson(timeSegment(segment, heard.rate), told + index);
    });
    told = all.length;
    return fresh;
  };
}

function* deltas(audio: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < audio.length; at += EVENT_BYTES) {
    const piece = audio.subarray(at, at + EVENT_BYTES);
    yield event({ type: 'speech.audio.delta', audio: btoa(String.fromCharCode(...piece)) });
  }
}

const utf8 = new TextEncoder();

/** OpenAI's events have no name of their own: their type is in the data. */
export function event(data: object, name?: string): Uint8Array {
  return utf8.encode(`${name === undefined ? '' : `event: ${name}\n`}data: ${JSON.stringify(data)}\n\n`);
}

export function comment(text: string): Uint8Array {
  return utf8.encode(`: ${text}\n\n`);
}
