import { invalid, SpeechFailure } from '../core/errors.ts';
import type { TranscribedPiece, Transcription } from '../recognizer/recognizer.ts';
import { RECOGNIZER_RATE } from '../recognizer/recognizer.ts';
import { encodeForm } from '../stream/encode-form.ts';
import { readAll } from '../stream/read.ts';

/** What was said in a recording, in seconds. */
export interface WholeTranscript {
  readonly text: string;
  readonly seconds: number;
  readonly segments: readonly { readonly text: string; readonly start: number; readonly end: number }[];
  /** The recogniser that heard it: the `X-Engine` header. */
  readonly engine: string;
}

const noRecogniser =
  'This server has no recogniser. Install one with "fish-ctl models pull moonshine-tiny", or set FISH_TRANSCRIPTION_URL.';
/** An hour of speech is about 60 kB of text, and its segments ten times as much. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/** @throws SpeechFailure `not_supported` where there is none */
export async function availableRecogniser(transcription: Transcription | undefined): Promise<Transcription> {
  if (transcription && (await transcription.available())) return transcription;
  throw new SpeechFailure({ code: 'not_supported', message: noRecogniser });
}

/** @throws SpeechFailure `invalid_value` naming `language` where the recogniser does not understand it */
export function checkLanguage(asked: string | undefined, known: string): void {
  if (asked !== undefined && !isLanguage(asked, known)) {
    throw invalid(`The recogniser understands the language ${known} only.`, 'language');
  }
}

/** Turns a recording that is here whole into text, by whichever recogniser there is. */
export async function transcribeWhole(
  recogniser: Transcription,
  file: Uint8Array<ArrayBuffer>,
  language: string | undefined,
  signal: AbortSignal,
): Promise<WholeTranscript> {
  if (recogniser.kind === 'embedded') {
    checkLanguage(language, recogniser.language);
    const transcription = await recogniser.transcribe({ kind: 'file', bytes: file }, signal);
    const pieces: TranscribedPiece[] = [];
    for await (const piece of transcription.pieces) pieces.push(piece);
    const segments = pieces.map(({ text, start, end }) => {
      return { text, start: start / RECOGNIZER_RATE, end: end / RECOGNIZER_RATE };
    });
    const text = pieces.map((piece) => piece.text).join(' ');
    return { text, seconds: transcription.seconds(), segments, engine: recogniser.id };
  }
  const form = new FormData();
  form.set('model', recogniser.model);
  form.set('response_format', 'verbose_json');
  if (language !== undefined) form.set('language', language);
  form.set('file', new Blob([file]), 'audio');
  const answer = await recogniser.send('transcriptions', await encodeForm(form), signal);
  const bytes = await readAll(answer.body, MAX_ANSWER_BYTES);
  return { ...readTranscript(bytes), engine: recogniser.id };
}

/** OpenAI's `verbose_json`; a server that knows `json` alone tells the text without times. */
function readTranscript(bytes: Uint8Array): Omit<WholeTranscript, 'engine'> {
  let answer: unknown;
  try {
    answer = JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new SpeechFailure({ code: 'origin_unavailable' }, cause);
  }
  const { text, duration, segments } = { ...(answer as Record<string, unknown>) };
  if (typeof text !== 'string') {
    throw new SpeechFailure(
      { code: 'origin_unavailable' },
      new Error('The transcription server sent no text.'),
    );
  }
  const timed = Array.isArray(segments) ? segments.filter(isSegment) : [];
  const seconds = typeof duration === 'number' ? duration : (timed.at(-1)?.end ?? 0);
  return {
    text,
    seconds,
    segments: timed.map(({ text, start, end }) => ({ text: text.trim(), start, end })),
  };
}

function isSegment(value: unknown): value is WholeTranscript['segments'][number] {
  if (typeof value !== 'object' || value === null) return false;
  const { text, start, end } = value as Record<string, unknown>;
  return typeof text === 'string' && typeof start === 'number' && typeof end === 'number';
}

/** Whether `asked` (a code or an English name, with or without a region) is the language of code `known`. */
function isLanguage(asked: string, known: string): boolean {
  const [code = ''] = asked.trim().toLowerCase().split(/[-_]/);
  return code === known || code === languageName(known);
}

/** `english` of `en`: OpenAI's answers name languages so. */
export function languageName(code: string): string {
  return new Intl.DisplayNames('en', { type: 'language' }).of(code)?.toLowerCase() ?? code;
}
