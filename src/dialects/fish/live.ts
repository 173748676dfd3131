import { encode } from '@msgpack/msgpack';
import type { Context, Hono } from 'hono';
import { invalid, SpeechFailure } from '../../core/errors.ts';
import type { Clock } from '../../core/ports.ts';
import { allowMethods } from '../../http/allow-methods.ts';
import type { HttpEnv } from '../../http/env.ts';
import { meaningOf } from '../../http/error-response.ts';
import { decodeMsgpack } from '../../http/msgpack.ts';
import type { DialectDeps, Limits } from '../../http/options.ts';
import { serveSocket } from '../../http/serve-socket.ts';
import type { LiveEvent } from '../../live/fish-live.ts';
import type { EventWriter } from '../../live/utterance.ts';
import type { DeliveryProgress } from '../../speech/delivery-progress.ts';
import { fishBodyLimits } from './body-limits.ts';
import { createAligner } from './timestamps.ts';
import { type Asked, createTtsOptionsParser } from './tts-fields.ts';

/** `GET /v1/tts/live` and its form with times, WebSockets (docs/fish-speech.md). */
export function liveRoutes(app: Hono<HttpEnv>, options: DialectDeps): void {
  const { clock } = options.ports;
  const parse = createLiveParser(options.limits);
  const add = (path: string, createEvents: () => EventWriter): void => {
    app.get(path, (c) => serve(c, options, parse, createEvents));
    allowMethods(app, path, 'GET');
  };
  add('/v1/tts/live', plainEvents);
  add('/v1/tts/live/with-timestamp', () => timedEvents(clock));
}

async function serve(
  c: Context<HttpEnv>,
  options: DialectDeps,
  parse: ReturnType<typeof createLiveParser>,
  createEvents: () => EventWriter,
): Promise<Response> {
  const { FishLive } = await import('../../live/fish-live.ts');
  const model = c.req.header('model');
  return serveSocket(c, options, fishBodyLimits(options.limits).tts, (socket, parts) => {
    const parseFor = (message: string | Uint8Array) => parse(message, model);
    return new FishLive(socket, { ...parts, parse: parseFor, createEvents, startMs: options.readTimeout });
  });
}

/** The cloud's own (docs/fish-speech.md), as its clients expect it; on `/v1/tts` it is Fish-Speech's. */
const usualFormat = 'mp3';

/**
 * Reads messages of a client of `/v1/tts/live` (docs/fish-speech.md). Made once: to build a schema costs more than to use it.
 * The parser throws SpeechFailure for what is no event, or asks for what cannot be had.
 */
function createLiveParser(
  limits: Limits,
): (message: string | Uint8Array, model?: string) => LiveEvent<Asked> {
  const parse = createTtsOptionsParser(limits);
  return (message, model) => {
    if (typeof message === 'string') throw invalid('Messages must be binary: MessagePack.');
    if (message.length > limits.maxBody) {
      const text = `The message is larger than ${limits.maxBody} bytes.`;
      throw new SpeechFailure({ code: 'request_too_large', message: text });
    }
    const fields = decodeMap(message);
    switch (fields.event) {
      case 'start':
        return started(fields.request, (options) => parse(options, model));
      case 'text':
        return { kind: 'text', text: textOf(fields.text) };
      case 'flush':
      case 'stop':
        return { kind: fields.event };
      default:
        return { kind: 'unknown' };
    }
  };
}

function decodeMap(message: Uint8Array): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = decodeMsgpack(message);
  } catch (error) {
    throw new SpeechFailure({ code: 'invalid_value', message: 'Invalid MessagePack message' }, error);
  }
  if (!isMap(value)) throw invalid('A message must be a map with an event.');
  return value;
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function started(request: unknown, parse: (options: object) => Asked): LiveEvent<Asked> {
  if (!isMap(request)) throw invalid('start must have a request.', 'request');
  const { text, streaming: _, ...options } = request;
  const asked = parse({ ...options, format: options.format || usualFormat });
  const speech = { ...asked.request, whole: false };
  return {
    kind: 'start',
    asked: { request: speech, output: { ...asked.output, whole: false } },
    text: textOf(text),
    partLength: speech.sampling.chunkLength,
  };
}

/** Clients send nil for no text. */
function textOf(text: unknown): string {
  if (text === undefined || text === null) return '';
  if (typeof text !== 'string') throw invalid('text must be a string', 'text');
  return text;
}

/** The events of `/v1/tts/live`. */
function plainEvents(): EventWriter {
  return {
    audio: (audio) => [packed({ event: 'audio', audio })],
    rest: () => [],
    finish: (failure) =>
      // the JavaScript client reads `message`
      packed(
        failure
          ? { event: 'finish', reason: 'error', message: messageOf(failure) }
          : { event: 'finish', reason: 'stop' },
      ),
  };
}

/** The events of `/v1/tts/live/with-timestamp`. `time` is in milliseconds since the utterance started. */
function timedEvents(clock: Pick<Clock, 'now'>): EventWriter {
  const began = clock.now();
  const time = (): number => Math.round(clock.now() - began);
  let align: ReturnType<typeof createAligner> | undefined;
  const told = (progress: DeliveryProgress): ReturnType<ReturnType<typeof createAligner>> => {
    align ??= createAligner(progress);
    return align();
  };
  const silence = new Uint8Array();
  return {
    audio(audio, progress) {
      const alignments = told(progress);
      const last = alignments.at(-1);
      return alignments.map((alignment) =>
        packed({
          event: 'audio',
          audio: alignment === last ? audio : silence,
          ...alignment,
          time: time(),
        }),
      );
    },
    rest: (progress) =>
      told(progress)
        .filter(({ alignment }) => alignment !== null)
        .map((alignment) => packed({ event: 'audio', audio: silence, ...alignment, time: time() })),
    finish: (failure) =>
      packed(
        failure
          ? { event: 'error', error: messageOf(failure) }
          : { event: 'finish', reason: 'stop', time: time() },
      ),
  };
}

function messageOf({ error }: SpeechFailure): string {
  return meaningOf(error).message;
}

function packed(event: object): Uint8Array<ArrayBuffer> {
  return encode(event).slice();
}
