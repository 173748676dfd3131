import { encode } from '@msgpack/msgpack';
import type { LiveEvent } from '../../live/fish-live.ts';
import { invalid, SpeechFailure } from '../../speech/errors.ts';
import type { Limits } from '../options.ts';
import { faceOf } from './faces.ts';
import { type Asked, createTtsParser } from './fish-tts.ts';
import { decodeMsgpack } from './msgpack.ts';

/** Stands for the text of a session, which comes later: the parser wants one. */
const textToCome = 'later';
/** The cloud's own (protocol page 3.1), as its clients expect it; on `/v1/tts` it is Fish-Speech's. */
const usualFormat = 'mp3';

/**
 * Reads messages of a client of `/v1/tts/live` (protocol page 3.2). Made once: to build a schema costs more than to use it.
 * The parser throws SpeechFailure for what is no event, or asks for what cannot be had.
 */
export function createLiveParser(limits: Limits): (message: string | Uint8Array) => LiveEvent<Asked> {
  const parse = createTtsParser({ ...limits, maxTextLength: 0 });
  return (message) => {
    if (typeof message === 'string') throw invalid('Messages must be binary: MessagePack.');
    if (message.length > limits.maxBody) {
      const text = `The message is larger than ${limits.maxBody} bytes.`;
      throw new SpeechFailure({ code: 'request_too_large', message: text });
    }
    const fields = decodeMap(message);
    switch (fields.event) {
      case 'start':
        return started(fields.request, parse);
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

function started(request: unknown, parse: ReturnType<typeof createTtsParser>): LiveEvent<Asked> {
  if (!isMap(request)) throw invalid('start must have a request.', 'request');
  const { text, streaming: _, ...fields } = request;
  const asked = parse({
    fields: { ...fields, format: fields.format || usualFormat, text: textToCome },
    textual: false,
  });
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

export function audioEvent(audio: Uint8Array): Uint8Array<ArrayBuffer> {
  return packed({ event: 'audio', audio });
}

/** The JavaScript client reads `message` when the reason is an error. */
export function finishEvent(failure?: SpeechFailure): Uint8Array<ArrayBuffer> {
  if (!failure) return packed({ event: 'finish', reason: 'stop' });
  const { message } = JSON.parse(faceOf(failure.error, 'fish').body) as { message: string };
  return packed({ event: 'finish', reason: 'error', message });
}

function packed(event: object): Uint8Array<ArrayBuffer> {
  return encode(event).slice();
}
