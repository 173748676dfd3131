import type { Clock } from '../../ports.ts';
import { invalid, SpeechFailure } from '../../speech/errors.ts';
import { readAll, TooLarge } from '../../stream/read.ts';
import { decodeMsgpack } from './msgpack.ts';
import { decodeMultipart } from './multipart.ts';

export interface BodyRules {
  readonly maxBytes: number;
  /** Milliseconds for the whole body to arrive. */
  readonly timeout: number;
  readonly clock: Clock;
  /** Elements of one msgpack array or map; a few thousand by default. */
  readonly maxItems?: number | undefined;
}

const json = 'application/json';
const msgpack = 'application/msgpack';
const multipart = 'multipart/form-data';

export interface DecodedBody {
  readonly fields: unknown;
  /** Forms carry every value as text. */
  readonly textual: boolean;
}

/** Reads and decodes a Fish body: JSON, msgpack or multipart, chosen by the media type alone. */
export async function readFishBody(request: Request, rules: BodyRules): Promise<DecodedBody> {
  const contentType = request.headers.get('content-type') ?? '';
  const media = mediaType(contentType);
  if (media !== json && media !== msgpack && media !== multipart) {
    throw new SpeechFailure({ code: 'unsupported_media_type', accept: `${msgpack}, ${json}, ${multipart}` });
  }
  const bytes = await receive(request, rules);
  if (media === json) return { fields: parseJson(bytes), textual: false };
  try {
    if (media === msgpack) return { fields: decodeMsgpack(bytes, rules.maxItems), textual: false };
    return { fields: await decodeMultipart(bytes, contentType), textual: true };
  } catch (error) {
    const kind = media === msgpack ? 'MessagePack' : 'multipart';
    throw new SpeechFailure({ code: 'invalid_value', message: `Invalid ${kind} body` }, error);
  }
}

/** Reads a JSON body. */
export async function readJsonBody(request: Request, rules: BodyRules): Promise<unknown> {
  if (mediaType(request.headers.get('content-type') ?? '') !== json) {
    throw new SpeechFailure({ code: 'unsupported_media_type', accept: json });
  }
  return parseJson(await receive(request, rules));
}

function mediaType(contentType: string): string {
  return (contentType.split(';', 1)[0] ?? '').trim().toLowerCase();
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw new SpeechFailure({ code: 'invalid_value', message: 'Invalid JSON body' }, error);
  }
}

/** The body's bytes, counted and timed while they arrive; nothing beyond the limit is kept. */
async function receive(request: Request, rules: BodyRules): Promise<Uint8Array<ArrayBuffer>> {
  const tooLarge = {
    code: 'request_too_large',
    message: `The body is larger than ${rules.maxBytes} bytes.`,
  } as const;
  if (Number(request.headers.get('content-length') ?? 0) > rules.maxBytes) throw new SpeechFailure(tooLarge);
  if (!request.body) throw invalid('The request has no body.');
  const late = Promise.withResolvers<never>();
  const stop = rules.clock.alarm(rules.timeout, () => {
    late.reject(new SpeechFailure({ code: 'timeout', stage: 'receive' }));
  });
  try {
    return await Promise.race([readAll(request.body, rules.maxBytes), late.promise]);
  } catch (error) {
    throw error instanceof TooLarge ? new SpeechFailure(tooLarge) : error;
  } finally {
    stop();
  }
}
