import { encode } from '@msgpack/msgpack';
import type { SpeechRequest } from '../../speech/request.ts';

/** The origin's schema lets 2.0 pass and its engine then asserts less than 2 and answers 500 (protocols.md 1.6). */
const MAX_REPETITION_PENALTY = 1.999;

/**
 * The msgpack body of `POST /v1/tts`: every field of upstream's ServeTTSRequest with an explicit value, as upstream's
 * own client sends it. `speed` has no field there.
 *
 * @param referenceId one of the origin's voices, or null for its default voice
 */
export function encodeTts(request: SpeechRequest, referenceId: string | null): Uint8Array<ArrayBuffer> {
  const { sampling } = request;
  return encode({
    text: request.text.toWellFormed(), // half a surrogate pair is invalid UTF-8: the origin would answer 500
    chunk_length: sampling.chunkLength,
    format: 'wav',
    references: request.references.map(({ audio, text }) => ({ audio, text: text.toWellFormed() })),
    reference_id: referenceId,
    seed: request.seed ?? request.ownSeed ?? null,
    use_memory_cache: sampling.memoryCache,
    normalize: sampling.normalize,
    streaming: !request.whole,
    max_new_tokens: sampling.maxNewTokens,
    top_p: sampling.topP,
    repetition_penalty: Math.min(sampling.repetitionPenalty, MAX_REPETITION_PENALTY),
    temperature: sampling.temperature,
  });
}
