import { SpeechFailure } from '../core/errors.ts';
import { turnsOf } from '../stream/turns.ts';
import { decodeAudio } from './decode-audio.ts';
import { boundaryOf } from './form-parts.ts';
import { parseJson } from './json.ts';
import { decodeMsgpack } from './msgpack.ts';
import { decodeMultipart } from './multipart.ts';
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
  await decodeAudio(fields, turnsOf(rules.clock));
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
