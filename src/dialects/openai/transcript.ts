import { zlibSync } from 'fflate';
import { languageName } from '../../http/transcribe.ts';
import {
  RECOGNIZER_RATE,
  type TranscribedPiece,
  type TranscriptionTask,
} from '../../recognizer/recognizer.ts';
import { toSrt, toVtt } from '../../speech/captions/files.ts';
import { spreadWords } from '../../speech/words.ts';
import type { AskedTranscription } from './transcription-fields.ts';

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

export function usageOf(seconds: number): { readonly type: 'duration'; readonly seconds: number } {
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
