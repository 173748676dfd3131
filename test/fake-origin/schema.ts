import type { Profile } from './profiles.ts';
import { OriginError, OriginRefusal } from './replies.ts';

/** What the fake origin understood: upstream's ServeTTSRequest with its defaults filled in (docs/fish-speech.md, speech). */
export interface ServeTtsRequest {
  text: string;
  chunk_length: number;
  format: 'wav' | 'pcm' | 'mp3' | 'opus';
  references: { audio: Uint8Array; text: string }[];
  reference_id: string | null;
  seed: number | null;
  use_memory_cache: string;
  normalize: boolean;
  streaming: boolean;
  max_new_tokens: number;
  top_p: number;
  repetition_penalty: number;
  temperature: number;
}

type Place = readonly (string | number)[];
export interface Entry {
  type: string;
  loc: Place;
  msg: string;
  input: unknown;
  ctx?: Record<string, unknown>;
  url: string;
}
type Check = (value: unknown, loc: Place, fail: (entry: Entry) => void) => unknown;

export function entry(
  type: string,
  loc: Place,
  msg: string,
  input: unknown,
  ctx?: Record<string, unknown>,
): Entry {
  const url = `https://errors.pydantic.dev/2.9/v/${type}`;
  return ctx ? { type, loc, msg, input, ctx, url } : { type, loc, msg, input, url };
}

export const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);

const string: Check = (value, loc, fail) => {
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) return new TextDecoder().decode(value);
  return fail(entry('string_type', loc, 'Input should be a valid string', value));
};

const integer: Check = (value, loc, fail) => {
  if (typeof value === 'boolean') return Number(value);
  if (typeof value === 'number' && Number.isInteger(value)) return value;
  if (typeof value === 'string' && /^\s*[+-]?\d+\s*$/.test(value)) return Number(value);
  if (typeof value === 'number') {
    const msg = 'Input should be a valid integer, got a number with a fractional part';
    return fail(entry('int_from_float', loc, msg, value));
  }
  if (typeof value === 'string') {
    const msg = 'Input should be a valid integer, unable to parse string as an integer';
    return fail(entry('int_parsing', loc, msg, value));
  }
  return fail(entry('int_type', loc, 'Input should be a valid integer', value));
};

const TRUE = ['1', 'true', 't', 'yes', 'y', 'on'];
const FALSE = ['0', 'false', 'f', 'no', 'n', 'off'];
const boolean: Check = (value, loc, fail) => {
  const word = String(value).toLowerCase();
  if (TRUE.includes(word)) return true;
  if (FALSE.includes(word)) return false;
  const msg = 'Input should be a valid boolean, unable to interpret input';
  return fail(entry('bool_parsing', loc, msg, value));
};

const between =
  (ge: number, le: number): Check =>
  (value, loc, fail) => {
    if (typeof value !== 'number')
      return fail(entry('float_type', loc, 'Input should be a valid number', value));
    if (value < ge) {
      const msg = `Input should be greater than or equal to ${ge}`;
      return fail(entry('greater_than_equal', loc, msg, value, { ge }));
    }
    if (value > le) {
      return fail(
        entry('less_than_equal', loc, `Input should be less than or equal to ${le}`, value, { le }),
      );
    }
    return value;
  };

const oneOf =
  (...allowed: string[]): Check =>
  (value, loc, fail) => {
    if (allowed.includes(String(value)) && typeof value === 'string') return value;
    const quoted = allowed.map((name) => `'${name}'`);
    const expected = `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`;
    return fail(entry('literal_error', loc, `Input should be ${expected}`, value, { expected }));
  };

const orNull =
  (inner: Check): Check =>
  (value, loc, fail) =>
    value === null ? null : inner(value, loc, fail);

/** Python's lenient base64, and only for strings of more than 255 characters (docs/fish-speech.md, speech). */
function referenceAudio(value: string): Uint8Array {
  if (value.length <= 255) return new TextEncoder().encode(value);
  const alphabet = value.replace(/[^A-Za-z0-9+/=]/g, '');
  return alphabet.length % 4 === 0
    ? new Uint8Array(Buffer.from(alphabet, 'base64'))
    : new TextEncoder().encode(value);
}

const audio: Check = (value, loc, fail) => {
  if (value instanceof Uint8Array) return value;
  if (typeof value === 'string') return referenceAudio(value);
  return fail(entry('bytes_type', loc, 'Input should be a valid bytes', value));
};

const references: Check = (value, loc, fail) => {
  if (!Array.isArray(value)) return fail(entry('list_type', loc, 'Input should be a valid list', value));
  return value.map((item, at) => {
    if (!isMap(item)) throw new OriginError(500, `'${typeof item}' object has no attribute 'get'`);
    return readFields(item, { audio: { check: audio }, text: { check: string } }, [...loc, at], fail);
  });
};

interface Field {
  readonly check: Check;
  readonly otherwise?: unknown;
}

function ttsFields({ formats, memoryCache, sampling, hasLatency }: Profile): Record<string, Field> {
  return {
    text: { check: string },
    chunk_length: { check: integer, otherwise: 200 },
    format: { check: oneOf(...formats), otherwise: 'wav' },
    references: { check: references, otherwise: [] },
    reference_id: { check: orNull(string), otherwise: null },
    seed: { check: orNull(integer), otherwise: null },
    use_memory_cache: { check: oneOf(...memoryCache), otherwise: memoryCache[1] },
    normalize: { check: boolean, otherwise: true },
    streaming: { check: boolean, otherwise: false },
    max_new_tokens: { check: integer, otherwise: 1024 },
    top_p: { check: between(0.1, 1), otherwise: sampling.topP },
    repetition_penalty: { check: between(0.9, 2), otherwise: sampling.repetitionPenalty },
    temperature: { check: between(0.1, 1), otherwise: sampling.temperature },
    ...(hasLatency && { latency: { check: oneOf('normal', 'balanced'), otherwise: 'normal' } }),
  };
}

function readFields(
  body: Record<string, unknown>,
  fields: Record<string, Field>,
  loc: Place,
  fail: (entry: Entry) => void,
): Record<string, unknown> {
  const read: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(fields)) {
    const place = [...loc, name];
    if (name in body) read[name] = field.check(body[name], place, fail);
    else if ('otherwise' in field) read[name] = field.otherwise;
    else fail(entry('missing', place, 'Field required', body));
  }
  return read;
}

export function parseTts(body: unknown, profile: Profile): ServeTtsRequest {
  const entries: Entry[] = [];
  const fail = (found: Entry): void => void entries.push(found);
  if (!isMap(body)) {
    const msg = 'Input should be a valid dictionary or instance of ServeTTSRequest';
    throw new OriginRefusal([entry('model_type', [], msg, body, { class_name: 'ServeTTSRequest' })]);
  }
  const read = readFields(body, ttsFields(profile), [], fail);
  if (entries.length > 0) throw new OriginRefusal(entries);
  return read as unknown as ServeTtsRequest;
}

/** String fields of the references routes, all required. */
export function parseStrings<K extends string>(body: unknown, ...names: K[]): Record<K, string> {
  const entries: Entry[] = [];
  const map = isMap(body) ? body : {};
  const fields = Object.fromEntries(names.map((name) => [name, { check: string }]));
  const read = readFields(map, fields, [], (found) => void entries.push(found));
  if (entries.length > 0) throw new OriginRefusal(entries);
  return read as Record<K, string>;
}

/** The refusal of a reference whose audio is not a file part. */
export function notAnUpload(value: unknown): OriginRefusal {
  if (value === undefined) return new OriginRefusal([entry('missing', ['audio'], 'Field required', {})]);
  const kind = value instanceof Uint8Array ? 'bytes' : 'str';
  const error = `Expected UploadFile, received ${kind} instead.`;
  const input = typeof value === 'string' ? value : '';
  return new OriginRefusal([entry('value_error', ['audio'], `Value error, ${error}`, input, { error })]);
}
