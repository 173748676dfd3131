import type { Context, Hono } from 'hono';
import { invalid } from '../../core/errors.ts';
import { allowMethods } from '../../http/allow-methods.ts';
import type { HttpEnv } from '../../http/env.ts';
import type { DialectDeps } from '../../http/options.ts';
import { type BodyRules, bodyRules } from '../../http/receive.ts';
import { availableRecogniser, checkLanguage } from '../../http/transcribe.ts';
import type {
  Recognizer,
  TranscribedPiece,
  TranscriptionTask,
  UpstreamRecognizer,
} from '../../recognizer/recognizer.ts';
import { ClientGone } from '../../stream/cancel.ts';
import { describe } from '../../telemetry/log.ts';
import type { AskedTranscription } from './transcription-form.ts';

const events = 'text/event-stream';
/** With a compressor: loaded when somebody transcribes, as the reader of forms is. */
const writers = (): Promise<typeof import('./transcript.ts')> => import('./transcript.ts');
const forms = (): Promise<typeof import('./transcription-form.ts')> => import('./transcription-form.ts');

/** `POST /v1/audio/transcriptions` and `/translations` (API reference, audio): multipart in, text or events out. */
export function transcriptionRoutes(app: Hono<HttpEnv>, options: DialectDeps): void {
  const { transcription, limits } = options;
  const rules = bodyRules(options, limits.maxBody);
  for (const task of ['transcriptions', 'translations'] as const) {
    const path = `/audio/${task}`;
    app.post(path, async (c) => {
      const recogniser = await availableRecogniser(transcription);
      return recogniser.kind === 'upstream'
        ? handOn(c, recogniser, task, rules, options)
        : listen(c, recogniser, task, rules, options);
    });
    allowMethods(app, path, 'POST');
  }
}

async function listen(
  c: Context<HttpEnv>,
  recogniser: Recognizer,
  task: TranscriptionTask,
  rules: BodyRules,
  options: DialectDeps,
): Promise<Response> {
  const [{ transcriptEvents, writeTranscript }, { readForm }] = await Promise.all([writers(), forms()]);
  const { asked, file } = await readForm(c.req.raw, rules, c.get('client'));
  checkAbilities(asked, recogniser);
  const transcription = await recogniser.transcribe({ kind: 'file', bytes: file }, c.req.raw.signal);
  if (asked.stream) {
    const { clock } = options.ports;
    const body = transcriptEvents(transcription, { clock, onFailure: reporter(c, options) });
    return reply(body, events, recogniser.id);
  }
  const pieces: TranscribedPiece[] = [];
  for await (const piece of transcription.pieces) pieces.push(piece);
  const transcript = { pieces, seconds: transcription.seconds(), language: recogniser.language, task };
  const { contentType, body } = writeTranscript(transcript, asked);
  return reply(body, contentType, recogniser.id);
}

/** What only larger models can do. */
function checkAbilities({ language, format }: AskedTranscription, recogniser: Recognizer): void {
  checkLanguage(language, recogniser.language);
  if (format === 'diarized_json') {
    throw invalid('The recogniser cannot tell speakers apart.', 'response_format');
  }
}

async function handOn(
  c: Context<HttpEnv>,
  upstream: UpstreamRecognizer,
  task: TranscriptionTask,
  rules: BodyRules,
  options: DialectDeps,
): Promise<Response> {
  const [{ passEvents, transcriptTypes }, { passForm }] = await Promise.all([writers(), forms()]);
  const passed = passForm(c.req.raw, rules, c.get('client'), upstream.model);
  const answer = await upstream.send(task, passed.form, c.req.raw.signal).catch((error: unknown) => {
    throw passed.failure() ?? error; // a form that broke off makes the sending fail
  });
  if (answer.isEvents) return reply(passEvents(answer.body, reporter(c, options)), events, upstream.id);
  const { format } = await passed.asked.catch((error: unknown) => {
    answer.body.cancel().catch(() => {});
    throw passed.failure() ?? error;
  });
  return reply(answer.body, transcriptTypes[format], upstream.id);
}

/** Events say nothing in the log by themselves when they break off. */
function reporter(c: Context<HttpEnv>, { log }: DialectDeps): (cause: unknown) => void {
  return (cause) => {
    if (cause instanceof ClientGone) return;
    log.warn('a transcription broke off', { id: c.get('requestId'), cause: describe(cause) });
  };
}

function reply(body: string | ReadableStream<Uint8Array>, contentType: string, engine: string): Response {
  const unbuffered: Record<string, string> = contentType === events ? { 'x-accel-buffering': 'no' } : {};
  const headers = {
    'content-type': contentType,
    'cache-control': 'no-store',
    'x-engine': engine,
    ...unbuffered,
  };
  return new Response(body, { headers });
}
