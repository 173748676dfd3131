import { encode } from '@msgpack/msgpack';
import { defaultSampling, type Sampling, type SpeechRequest } from '../../core/request.ts';
import type { OriginVersion } from './origin-version.ts';

/** The origin's schema lets 2.0 pass and its engine then asserts less than 2 and answers 500 (docs/fish-speech.md, speech). */
const MAX_REPETITION_PENALTY = 1.999;

/**
 * The msgpack body of `POST /v1/tts`. What is at its default is left out: names and values of the lesser fields differ between
 * generations of Fish-Speech (1.4 refuses any `use_memory_cache` that later ones know), and so do the defaults that suit their
 * models. `speed` has no field there.
 *
 * @param referenceId one of the origin's voices, or null for its default voice
 * @param version of the origin, as far as it is known
 */
export function encodeTts(
  request: SpeechRequest,
  referenceId: string | null,
  version: OriginVersion | undefined,
): Uint8Array<ArrayBuffer> {
  const { sampling, references } = request;
  const seed = request.seed ?? request.ownSeed;
  const body: Record<string, unknown> = {
    text: request.text.toWellFormed(), // half a surrogate pair is invalid UTF-8: the origin would answer 500
    format: 'wav',
    streaming: !request.whole,
  };
  if (references.length > 0)
    body.references = references.map(({ audio, text }) => ({ audio, text: text.toWellFormed() }));
  if (referenceId !== null) body.reference_id = referenceId;
  if (seed !== undefined) body.seed = seed;
  // It makes a voice that is used again a little faster; 1.4 would speak in whatever voice came before.
  if (sampling.memoryCache === 'on' && version !== undefined && version !== '1.4')
    body.use_memory_cache = 'on';
  for (const [name, field] of SAMPLING) {
    if (sampling[name] !== defaultSampling[name]) body[field] = sampling[name];
  }
  if (sampling.repetitionPenalty > MAX_REPETITION_PENALTY) body.repetition_penalty = MAX_REPETITION_PENALTY;
  return encode(body);
}

const SAMPLING = [
  ['chunkLength', 'chunk_length'],
  ['normalize', 'normalize'],
  ['maxNewTokens', 'max_new_tokens'],
  ['topP', 'top_p'],
  ['repetitionPenalty', 'repetition_penalty'],
  ['temperature', 'temperature'],
] as const satisfies readonly (readonly [keyof Sampling, string])[];
