import * as z from 'zod';
import { invalid, SpeechFailure } from '../../core/errors.ts';
import {
  booleanField,
  choiceField,
  numberField,
  optional,
  optionalText,
  parseFields,
  textField,
  unsetWhenEmpty,
} from '../../http/fields.ts';
import { boundaryOf, type FormEvent, readParts } from '../../http/multipart.ts';
import { arriving, type BodyRules } from '../../http/receive.ts';
import type { OutgoingForm } from '../../recognizer/recognizer.ts';
import { pullStream } from '../../stream/pull.ts';
import { readAll } from '../../stream/read.ts';

/** The texts of a form: a name may come several times. */
type FormTexts = ReadonlyMap<string, readonly string[]>;

const formats = ['json', 'text', 'srt', 'vtt', 'verbose_json', 'diarized_json'] as const;
type TranscriptFormat = (typeof formats)[number];

export interface AskedTranscription {
  readonly format: TranscriptFormat;
  /** Whether the text comes in events while it is heard. Only the formats of text alone can: others ignore it, as OpenAI's do. */
  readonly stream: boolean;
  /** As the client wrote it. */
  readonly language: string | undefined;
  /** Whether `verbose_json` tells the times of words. */
  readonly words: boolean;
  /** Whether `verbose_json` tells segments: unless the client asks for words alone. */
  readonly segments: boolean;
}

const MAX_NAME = 256;
/** As much as fits into a field at all is looked at by no embedded recogniser. */
const MAX_PROMPT = 65_536;
const granularities = ['word', 'segment'] as const;
const streamed: ReadonlySet<TranscriptFormat> = new Set(['json', 'text']);

/** Clients that build forms by hand leave fields empty. */
export const transcriptionFields = z.object({
  model: optional(textField('model', MAX_NAME), unsetWhenEmpty),
  language: optional(textField('language', MAX_NAME), unsetWhenEmpty),
  prompt: textField('prompt', MAX_PROMPT).optional(),
  response_format: optional(choiceField('response_format', formats), unsetWhenEmpty),
  temperature: optionalText(numberField('temperature', { min: 0, max: 1 })),
  stream: optional(booleanField('stream'), unsetWhenEmpty),
  timestamp_granularities: z.array(choiceField('timestamp_granularities', granularities)),
});

/** The fields of a transcription or a translation (API reference, audio). @throws SpeechFailure invalid_value */
function parseTranscription(texts: FormTexts): AskedTranscription {
  const one = (name: string): string | undefined => texts.get(name)?.[0];
  const fields = {
    model: one('model'),
    language: one('language'),
    prompt: one('prompt'),
    response_format: one('response_format'),
    temperature: one('temperature'),
    stream: one('stream'),
    timestamp_granularities: ['timestamp_granularities[]', 'timestamp_granularities'].flatMap(
      (name) => texts.get(name) ?? [],
    ),
  };
  const parsed = parseFields(transcriptionFields, fields);
  const { response_format: format = 'json', stream = false, language, timestamp_granularities } = parsed;
  return {
    format,
    stream: stream && streamed.has(format),
    language,
    words: timestamp_granularities.includes('word'),
    segments: timestamp_granularities.length === 0 || timestamp_granularities.includes('segment'),
  };
}

const MAX_TEXT_BYTES = 64 * 1024;
const fileField = 'file';
const noFile = 'file is required';
const utf8 = new TextEncoder();

/** The whole form: what is asked, and the bytes of its file. @throws SpeechFailure before or while it arrives */
export async function readForm(
  request: Request,
  rules: BodyRules,
  client: string,
): Promise<{ readonly asked: AskedTranscription; readonly file: Uint8Array<ArrayBuffer> }> {
  const events = openForm(request, rules, client);
  const texts = new Map<string, string[]>();
  let file: Uint8Array<ArrayBuffer> | undefined;
  for await (const event of events) {
    if (event.kind !== 'part') continue;
    const bytes = await readAll(dataOf(events), event.isFile ? rules.maxBytes : MAX_TEXT_BYTES).catch(
      tooLong(event),
    );
    if (event.isFile && event.name === fileField) file = bytes;
    else if (!event.isFile) keepText(texts, event.name, bytes);
  }
  const asked = parseTranscription(texts);
  if (!file) throw invalid(noFile, fileField);
  if (file.length === 0) throw invalid('file must not be empty', fileField);
  return { asked, file };
}

/** A form on its way to another server. */
export interface PassedForm {
  readonly form: OutgoingForm;
  /** What it asks for, once all of it was taken. */
  readonly asked: Promise<AskedTranscription>;
  /** What is wrong with it, if anything. */
  failure(): SpeechFailure | undefined;
}

/**
 * The form as it is handed on while it arrives, with another model in it. One that is wrong fails its own body, so that
 * nobody takes it for whole. @throws SpeechFailure when it is no form
 */
export function passForm(request: Request, rules: BodyRules, client: string, model: string): PassedForm {
  const events = openForm(request, { ...rules, isPassedOn: true }, client);
  const boundary = `fish-edge-${crypto.randomUUID()}`;
  const asked = Promise.withResolvers<AskedTranscription>();
  asked.promise.catch(() => {}); // whoever sends the form is told as well
  let failure: SpeechFailure | undefined;
  const body = pullStream(
    async function* () {
      try {
        asked.resolve(yield* rewrite(events, boundary, model));
        yield utf8.encode(`--${boundary}--\r\n`);
      } catch (error) {
        if (error instanceof SpeechFailure) failure = error;
        throw error;
      }
    },
    async () => {
      asked.reject(
        new SpeechFailure({ code: 'origin_unavailable' }, new Error('The form was not taken whole.')),
      );
      await events.return();
    },
  );
  const contentType = `multipart/form-data; boundary=${boundary}`;
  return { form: { contentType, body }, asked: asked.promise, failure: () => failure };
}

async function* rewrite(
  events: AsyncGenerator<FormEvent, void, void>,
  boundary: string,
  model: string,
): AsyncGenerator<Uint8Array, AskedTranscription, void> {
  yield utf8.encode(`--${boundary}\r\ncontent-disposition: form-data; name="model"\r\n\r\n${model}\r\n`);
  const texts = new Map<string, string[]>();
  let hasFile = false;
  for await (const event of events) {
    if (event.kind !== 'part') continue;
    const opening = [utf8.encode(`--${boundary}`), event.head, utf8.encode('\r\n\r\n')];
    if (event.isFile) {
      hasFile ||= event.name === fileField;
      yield* opening;
      for await (const bytes of parts(events)) yield bytes;
    } else {
      const bytes = await readAll(dataOf(events), MAX_TEXT_BYTES).catch(tooLong(event));
      if (event.name === 'model') continue;
      keepText(texts, event.name, bytes);
      parseTranscription(texts); // what is wrong is told before the file has gone, if it comes first
      yield* [...opening, bytes];
    }
    yield utf8.encode('\r\n');
  }
  if (!hasFile) throw invalid(noFile, fileField);
  return parseTranscription(texts);
}

function keepText(texts: Map<string, string[]>, name: string, bytes: Uint8Array): void {
  texts.set(name, [...(texts.get(name) ?? []), new TextDecoder().decode(bytes)]);
}

function tooLong({ name }: FormEvent & { kind: 'part' }): (error: unknown) => never {
  return (error) => {
    throw error instanceof SpeechFailure
      ? error
      : invalid(`${name.slice(0, 64)} is too long`, name.slice(0, 64));
  };
}

/** The bytes of the part that has begun. */
async function* parts(events: AsyncGenerator<FormEvent, void, void>): AsyncGenerator<Uint8Array, void, void> {
  for (;;) {
    const next = await events.next();
    if (next.done || next.value.kind === 'end') return;
    if (next.value.kind === 'data') yield next.value.bytes;
  }
}

function dataOf(events: AsyncGenerator<FormEvent, void, void>): ReadableStream<Uint8Array> {
  return pullStream(() => parts(events));
}

function openForm(request: Request, rules: BodyRules, client: string): AsyncGenerator<FormEvent, void, void> {
  const boundary = boundaryOf(request.headers.get('content-type') ?? '');
  if (boundary === undefined) {
    throw new SpeechFailure({ code: 'unsupported_media_type', accept: 'multipart/form-data' });
  }
  return readParts(arriving(request, rules, client), boundary);
}
