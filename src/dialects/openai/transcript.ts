import { createParser } from 'eventsource-parser';
import { zlibSync } from 'fflate';
import { SpeechFailure } from '../../core/errors.ts';
import type { Clock } from '../../core/ports.ts';
import { event, waitAlive } from '../../http/sse.ts';
import { languageName } from '../../http/transcribe.ts';
import {
  RECOGNIZER_RATE,
  type TranscribedPiece,
  type TranscriptionJob,
  type TranscriptionTask,
} from '../../recognizer/recognizer.ts';
import { toSrt, toVtt } from '../../speech/captions/files.ts';
import { spreadWords } from '../../speech/words.ts';
import { pullStream } from '../../stream/pull.ts';
import { errorEvent } from './speech-events.ts';
import type { AskedTranscription } from './transcription-form.ts';

/** What was heard in a whole recording. */
export interface Transcript {
  readonly pieces: readonly TranscribedPiece[];
  /** Of the recording. */
  readonly seconds: number;
  /** BCP 47 */
  readonly language: string;
  readonly task: TranscriptionTask;
}

export interface Answer {
  readonly contentType: string;
  readonly body: string;
}

/** By format; OpenAI's client parses anything that says it is JSON, so texts must not. */
export const transcriptTypes: Readonly<Record<AskedTranscription['format'], string>> = {
  json: 'application/json',
  verbose_json: 'application/json',
  diarized_json: 'application/json',
  text: 'text/plain; charset=utf-8',
  srt: 'application/x-subrip; charset=utf-8',
  vtt: 'text/vtt; charset=utf-8',
};

/** A whole transcript as its client asked for it (API reference, audio). */
export function writeTranscript(transcript: Transcript, asked: AskedTranscription): Answer {
  const { format } = asked;
  const said = { rate: RECOGNIZER_RATE, segments: transcript.pieces };
  const contentType = transcriptTypes[format];
  switch (format) {
    case 'text':
      return { contentType, body: `${textOf(transcript.pieces)}\n` };
    case 'srt':
      return { contentType, body: toSrt(said) };
    case 'vtt':
      return { contentType, body: toVtt(said) };
    case 'verbose_json':
      return { contentType, body: JSON.stringify(verbose(transcript, asked)) };
    default:
      return {
        contentType,
        body: JSON.stringify({ text: textOf(transcript.pieces), usage: usageOf(transcript.seconds) }),
      };
  }
}

function textOf(pieces: readonly TranscribedPiece[]): string {
  return pieces.map(({ text }) => text).join(' ');
}

function usageOf(seconds: number): { readonly type: 'duration'; readonly seconds: number } {
  return { type: 'duration', seconds: Math.ceil(seconds) };
}

/** Whisper counts frames of 10 ms. */
const SEEK_PER_SECOND = 100;

/** Times of pieces are exact; those of words are estimated inside of their piece, and say so. */
function verbose(
  { pieces, seconds, language, task }: Transcript,
  asked: Pick<AskedTranscription, 'words' | 'segments'>,
): object {
  const timed = pieces.map((piece) => ({
    piece,
    start: piece.start / RECOGNIZER_RATE,
    end: piece.end / RECOGNIZER_RATE,
  }));
  const words = timed.flatMap(({ piece, start, end }) =>
    spreadWords(piece.text, start, end).map((word) => ({
      word: word.word,
      start: rounded(word.start),
      end: rounded(word.end),
      estimated: true,
    })),
  );
  const segments = timed.map(({ piece, start, end }, id) => ({
    id,
    seek: Math.round(start * SEEK_PER_SECOND),
    start: rounded(start),
    end: rounded(end),
    text: piece.text,
    tokens: piece.tokens,
    temperature: 0,
    avg_logprob: rounded(piece.meanLogProbability),
    compression_ratio: rounded(compressionRatio(piece.text)),
    no_speech_prob: 0, // where nothing is heard there is no piece
  }));
  return {
    task: task === 'translations' ? 'translate' : 'transcribe',
    language: languageName(language),
    duration: rounded(seconds),
    text: textOf(pieces),
    ...(asked.segments ? { segments } : {}),
    ...(asked.words ? { words } : {}),
    usage: usageOf(seconds),
  };
}

/** As Whisper has it: how much shorter zlib makes the text. A high one is a model that repeats itself. */
function compressionRatio(text: string): number {
  const bytes = new TextEncoder().encode(text);
  return bytes.length / zlibSync(bytes).length;
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}

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
