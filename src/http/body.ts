import { SpeechFailure } from '../core/errors.ts';
import { type Turns, turnsOf } from '../stream/turns.ts';
import { dataPrefixOf, toBytes } from './audio-bytes.ts';
import { parseJson } from './json.ts';
import { decodeMsgpack } from './msgpack.ts';
import { boundaryOf, decodeMultipart } from './multipart.ts';
import { arriving, type BodyRules, receive } from './receive.ts';

const json = 'application/json';
const msgpack = 'application/msgpack';
const multipart = 'multipart/form-data';

export interface DecodedBody {
  readonly fields: unknown;
  /** Forms carry every value as text. */
  readonly textual: boolean;
}

/**
 * Reads and decodes a Fish body: JSON, msgpack or multipart, chosen by the media type alone.
 * @param client whose share of what is being received it takes
 */
export async function readFishBody(request: Request, rules: BodyRules, client: string): Promise<DecodedBody> {
  const contentType = request.headers.get('content-type') ?? '';
  const media = mediaType(request);
  if (media === multipart) {
    const boundary = boundaryOf(contentType);
    if (boundary === undefined) throw invalidBody('multipart');
    return { fields: await decodeMultipart(arriving(request, rules, client), boundary), textual: true };
  }
  if (media !== json && media !== msgpack) {
    throw new SpeechFailure({ code: 'unsupported_media_type', accept: `${msgpack}, ${json}, ${multipart}` });
  }
  const bytes = await receive(request, rules, client);
  const fields = media === json ? await jsonOf(bytes, rules) : msgpackOf(bytes, rules);
  if (bytes.length > SLICE) await decodeAudio(fields, turnsOf(rules.clock)); // else nothing in it is long
  return { fields, textual: false };
}

/** Reads a JSON body. @param client whose share of what is being received it takes */
export async function readJsonBody(request: Request, rules: BodyRules, client: string): Promise<unknown> {
  if (mediaType(request) !== json) {
    throw new SpeechFailure({ code: 'unsupported_media_type', accept: json });
  }
  return jsonOf(await receive(request, rules, client), rules);
}

/** Of the body. JSON if the client announces one and names no type, as many scripts do. */
function mediaType({ headers }: Request): string {
  const named = (headers.get('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  const hasBody = Number(headers.get('content-length') ?? 0) > 0 || headers.has('transfer-encoding');
  return named === '' && hasBody ? json : named;
}

async function jsonOf(bytes: Uint8Array, { clock, maxItems }: BodyRules): Promise<unknown> {
  try {
    return await parseJson(bytes, turnsOf(clock), maxItems);
  } catch (error) {
    throw invalidBody('JSON', error);
  }
}

function msgpackOf(bytes: Uint8Array, { maxItems }: BodyRules): unknown {
  try {
    return decodeMsgpack(bytes, maxItems);
  } catch (error) {
    throw invalidBody('MessagePack', error);
  }
}

function invalidBody(kind: string, cause?: unknown): SpeechFailure {
  return new SpeechFailure({ code: 'invalid_value', message: `Invalid ${kind} body` }, cause);
}

/** Characters of base64 that are decoded at once: some milliseconds. A multiple of four. */
const SLICE = 1024 * 1024;
const CHARACTERS_PER_QUANTUM = 4;
const BYTES_PER_QUANTUM = 3;

/**
 * Decodes the long base64 of a body's audio fields in turns with others: 10 MiB take 30 ms and more in one go. What is no
 * plain base64 stays as it is, for the parser of its field to decode or to refuse.
 */
export async function decodeAudio(fields: unknown, turns: Turns): Promise<void> {
  if (!isRecord(fields)) return;
  const { audios, references } = fields;
  if (Array.isArray(audios)) await decodeEach(audios, audios.keys(), turns);
  for (const holder of [fields, ...(Array.isArray(references) ? references : [])])
    if (isRecord(holder)) await decodeEach(holder, ['audio', 'reference'], turns);
}

async function decodeEach<Name extends string | number>(
  holder: Record<Name, unknown>,
  names: Iterable<Name>,
  turns: Turns,
): Promise<void> {
  for (const name of names) {
    const value = holder[name];
    if (typeof value === 'string' && value.length > SLICE) {
      holder[name] = (await decodeLong(value, turns)) ?? value;
    }
  }
}

async function decodeLong(text: string, turns: Turns): Promise<Uint8Array | undefined> {
  const start = dataPrefixOf(text).length;
  const bytes = new Uint8Array(Math.ceil((text.length - start) / CHARACTERS_PER_QUANTUM) * BYTES_PER_QUANTUM);
  let length = 0;
  for (let at = start; at < text.length; at += SLICE) {
    const part = await turns.run(() => toBytes(text.slice(at, at + SLICE)), 1);
    const isLast = at + SLICE >= text.length;
    // fewer bytes than a full slice has: there is white space in it, or padding
    if (!part || (!isLast && part.length !== (SLICE / CHARACTERS_PER_QUANTUM) * BYTES_PER_QUANTUM))
      return undefined;
    bytes.set(part, length);
    length += part.length;
  }
  return bytes.subarray(0, length);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
