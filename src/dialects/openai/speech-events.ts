import type { Clock } from '../../core/ports.ts';
import { errorOf, meaningOf, usualErrorBody } from '../../http/error-response.ts';
import { event, waitAlive } from '../../http/sse.ts';
import { segmentJson, timeSegment } from '../../speech/captions/captions.ts';
import type { Speech } from '../../speech/synthesize.ts';
import { pullStream } from '../../stream/pull.ts';

/** Most bytes of audio in one event: 0.5 s of pcm at 24 kHz. Even, as some clients play each event's samples at once. */
const EVENT_BYTES = 24 * 1024;

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
          const { done, value } = yield* waitAlive(reader.read(), options.clock);
          if (done) break;
          yield* deltas(value);
          const timed = segments();
          if (timed.length > 0) yield event({ type: 'speech.audio.timestamps', segments: timed });
        }
      } catch (cause) {
        options.onFailure(cause);
        yield errorEvent(cause);
        return;
      }
      const last = segments();
      if (last.length > 0) yield event({ type: 'speech.audio.timestamps', segments: last });
      yield event({ type: 'speech.audio.done', usage: usageOf(options.input, speech.progress.seconds) });
    },
    async () => {
      await reader.cancel().catch(() => {}); // harmless on a body that has ended
    },
  );
}

/** Gives what was said since it was asked last. */
function newSegments({ progress }: Speech): () => object[] {
  let told = 0;
  return () => {
    const all = progress.segments();
    const fresh = all.slice(told).map((segment, index) => {
      return segmentJson(timeSegment(segment, progress.rate), told + index);
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

/** What OpenAI's clients throw. */
export function errorEvent(cause: unknown): Uint8Array {
  return event({ type: 'error', ...usualErrorBody(meaningOf(errorOf(cause))) }, 'error');
}

/** Tokens of English text have about four bytes each (OpenAI's rule of thumb); no engine here counts its own. */
const BYTES_PER_TEXT_TOKEN = 4;
/** OpenAI counts a token for every 50 ms of audio that it speaks (Realtime guide, managing costs). */
const AUDIO_TOKENS_PER_SECOND = 20;

/** OpenAI's usage members, which it demands: estimates, for clients that add them up. */
function usageOf(
  input: string,
  seconds: number,
): { readonly input_tokens: number; readonly output_tokens: number; readonly total_tokens: number } {
  const bytes = new TextEncoder().encode(input).length;
  const [text, audio] = [
    Math.ceil(bytes / BYTES_PER_TEXT_TOKEN),
    Math.ceil(seconds * AUDIO_TOKENS_PER_SECOND),
  ];
  return { input_tokens: text, output_tokens: audio, total_tokens: text + audio };
}
