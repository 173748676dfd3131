import { toBytes } from '../../http/audio-bytes.ts';
import { FailureWithResponse } from '../../http/error-response.ts';
import {
  type Check,
  hasFields,
  isAnything,
  isBetween,
  isBoolean,
  isBytes,
  isInteger,
  isListOf,
  isModel,
  isNullOr,
  isObject,
  isOneOf,
  isString,
  isUpload,
  PythonFloat,
  type SchemaError,
} from './upstream-checks.ts';

const UNPROCESSABLE = 422;
/** Entries of one answer; more help nobody. */
const MAX_ERRORS = 64;
/** What is echoed of a client's own input: upstream echoes all of it, and fails over binary. */
const MAX_TEXT = 256;
const MAX_ITEMS = 16;
const MAX_VALUES = 64;
const MAX_DEPTH = 4;

/**
 * Upstream's 422 array, byte for byte but for what is cut from `input`.
 * @throws FailureWithResponse when `model` refuses the body
 */
export function refuseLikeUpstream(fields: unknown, model: Check): void {
  const errors = model(fields, []);
  const [first] = errors;
  if (!first) return;
  const headers = { 'content-type': 'application/json', 'cache-control': 'no-store' };
  const body = writeJson(errors.slice(0, MAX_ERRORS).map(entryOf), '');
  const error = { code: 'invalid_value', message: first.msg, param: first.loc[0]?.toString() } as const;
  throw new FailureWithResponse(error, { status: UNPROCESSABLE, headers, body });
}

function entryOf({ type, loc, msg, input, ctx }: SchemaError): object {
  const url = `https://errors.pydantic.dev/2.9/v/${type}`;
  return { type, loc, msg, input: echo(input, { values: MAX_VALUES }), ...(ctx && { ctx }), url };
}

/** Binary never comes back, and of everything else not more than a reader needs. */
function echo(value: unknown, left: { values: number }, depth = 0): unknown {
  left.values--;
  if (typeof value === 'string') {
    return value.length > MAX_TEXT ? `${value.slice(0, MAX_TEXT).toWellFormed()}…` : value;
  }
  if (typeof value !== 'object') return value ?? null;
  if (value === null || value instanceof Uint8Array || depth > MAX_DEPTH) return null;
  const shown: [string, unknown][] = [];
  for (const [name, member] of Object.entries(value)) {
    if (left.values <= 0 || shown.length === MAX_ITEMS) break;
    if (member instanceof Uint8Array) continue;
    shown.push([name.slice(0, MAX_TEXT).toWellFormed(), echo(member, left, depth + 1)]);
  }
  return Array.isArray(value) ? shown.map(([, item]) => item) : Object.fromEntries(shown);
}

/** JSON as pydantic writes it: indented by two, floats with their point. */
function writeJson(value: unknown, indent: string): string {
  if (value instanceof PythonFloat) {
    return Number.isInteger(value.value) ? value.value.toFixed(1) : String(value.value);
  }
  const inner = `${indent}  `;
  const block = (open: string, lines: readonly string[], close: string): string =>
    lines.length === 0 ? open + close : `${open}\n${inner}${lines.join(`,\n${inner}`)}\n${indent}${close}`;
  if (Array.isArray(value)) {
    return block(
      '[',
      value.map((item) => writeJson(item, inner)),
      ']',
    );
  }
  if (!isObject(value)) return JSON.stringify(value);
  const members = Object.entries(value);
  return block(
    '{',
    members.map(([name, member]) => `${JSON.stringify(name)}: ${writeJson(member, inner)}`),
    '}',
  );
}

/** Fish-Speech's request models at 80db25e, with what is really enforced of them (docs/fish-speech.md). */

const referenceFields = hasFields({ audio: isBytes, text: isString });
/** An item that is no object ends in a 500 upstream, not in a 422: it is left to the gateway's own refusal. */
const isReference: Check = (value, loc) => (isObject(value) ? referenceFields(value, loc) : []);

export const ttsModel: Check = isModel('ServeTTSRequest', {
  text: isString,
  'chunk_length?': isInteger, // its range is written so that pydantic ignores it
  'format?': isOneOf('wav', 'pcm', 'mp3'),
  'references?': isListOf(isReference),
  'reference_id?': isNullOr(isString),
  'seed?': isNullOr(isInteger),
  'use_memory_cache?': isOneOf('on', 'off'),
  'normalize?': isBoolean,
  'streaming?': isBoolean,
  'max_new_tokens?': isInteger,
  'top_p?': isBetween(0.1, 1),
  'repetition_penalty?': isBetween(0.9, 2),
  'temperature?': isBetween(0.1, 1),
});

export const encodeModel: Check = isModel('ServeVQGANEncodeRequest', { audios: isListOf(isBytes) });
export const decodeModel: Check = isModel('ServeVQGANDecodeRequest', { tokens: isAnything });

/** Single parameters, no model: a body that is no object has none of them. */
function parameters(checks: Parameters<typeof hasFields>[0]): Check {
  const fields = hasFields(checks);
  return (value, loc) => fields(isObject(value) ? value : {}, loc);
}

export const addModel: Check = parameters({
  id: isString,
  audio: isUpload((value) => toBytes(value) !== undefined),
  text: isString,
});
export const deleteModel: Check = parameters({ reference_id: isString });
export const updateModel: Check = parameters({ old_reference_id: isString, new_reference_id: isString });
