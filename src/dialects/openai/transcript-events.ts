import { createParser } from 'eventsource-parser';
import { SpeechFailure } from '../../core/errors.ts';
import type { Clock } from '../../core/ports.ts';
import { event, waitAlive } from '../../http/sse.ts';
import type { TranscriptionJob } from '../../recognizer/recognizer.ts';
import { pullStream } from '../../stream/pull.ts';
import { errorEvent } from './speech-events.ts';
import { usageOf } from './transcript.ts';

export interface TranscriptEventsOptions {
  readonly clock: Clock;
  /** Told why it broke off: the client reads that in the last event. */
  readonly onFailure: (cause: unknown) => void;
}

/**
 * OpenAI's stream of a transcription (API reference, `CreateTranscriptionResponseStreamEvent`): a
 * `transcript.text.delta` for each piece, at the end `transcript.text.done` with all of it. What fails in between is an
 * `error` event, which OpenAI's clients throw.
 */
export function transcriptEvents(
  transcription: TranscriptionJob,
  options: TranscriptEventsOptions,
): ReadableStream<Uint8Array> {
  return pullStream(
    async function* () {
      let text = '';
      const pieces = transcription.pieces[Symbol.asyncIterator]();
      try {
        for (;;) {
          const { done, value } = yield* waitAlive(pieces.next(), options.clock);
          if (done) break;
          const delta = text === '' ? value.text : ` ${value.text}`;
          text += delta;
          yield event({ type: 'transcript.text.delta', delta });
        }
      } catch (cause) {
        options.onFailure(cause);
        yield errorEvent(cause);
        return;
      }
      yield event({ type: 'transcript.text.done', text, usage: usageOf(transcription.seconds()) });
    },
    () => transcription.close(),
  );
}

/** An event of an honest server is far smaller. */
const MAX_EVENT = 1024 * 1024;

/** The events of another server: only those of a transcript pass, and its errors lose their text. */
export function passEvents(
  body: ReadableStream<Uint8Array>,
  onFailure: (cause: unknown) => void,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  return pullStream(
    async function* () {
      const decoder = new TextDecoder();
      const arrived: string[] = [];
      const parser = createParser({
        maxBufferSize: MAX_EVENT,
        onEvent: ({ data }) => void arrived.push(data),
        onError({ type }) {
          if (type !== 'max-buffer-size-exceeded') return; // fields that nobody knows mean nothing
          throw new Error('The transcription server sent an endless event.');
        },
      });
      try {
        for (;;) {
          const { done, value } = await reader.read();
          // A last event is one even where the line behind it is missing.
          parser.feed(done ? `${decoder.decode()}\n\n` : decoder.decode(value, { stream: true }));
          for (const data of arrived.splice(0).map(objectOf)) {
            if (data === undefined) continue;
            if (!isTranscript(data)) throw new Error('The transcription server sent an error.');
            yield event(data);
          }
          if (done) return;
        }
      } catch (cause) {
        onFailure(cause);
        yield errorEvent(
          cause instanceof SpeechFailure ? cause : new SpeechFailure({ code: 'origin_unavailable' }),
        );
      }
    },
    async () => {
      await reader.cancel().catch(() => {}); // harmless on a body that has ended
    },
  );
}

/** The JSON of an event; undefined for the `[DONE]` of other APIs. */
function objectOf(text: string): object | undefined {
  if (text === '' || text === '[DONE]') return undefined;
  const data: unknown = JSON.parse(text);
  return typeof data === 'object' && data !== null ? data : {};
}

function isTranscript(data: object): boolean {
  return (
    'type' in data &&
    typeof data.type === 'string' &&
    data.type.startsWith('transcript.') &&
    !('error' in data)
  );
}
