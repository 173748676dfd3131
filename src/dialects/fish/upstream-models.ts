import { toBytes } from '../../http/audio-bytes.ts';
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
} from './upstream-checks.ts';

/** Fish-Speech's request models at 80db25e, with what is really enforced of them (protocols.md 1.6 to 1.8). */

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
