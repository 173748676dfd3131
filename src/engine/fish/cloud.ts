import { encode } from '@msgpack/msgpack';
import type { SpeechRequest } from '../../core/request.ts';
import type { UpstreamVoice } from '../../core/upstream.ts';

/** What `prosody` of the cloud takes (API reference of `POST /v1/tts`). */
const MIN_SPEED = 0.5;
const MAX_SPEED = 2;
const MAX_VOLUME_DB = 20;
const MIN_CHUNK = 100;
const MAX_CHUNK = 300;
const SAMPLE_RATE = 44_100;

/** As much of the asked speed and volume as the cloud can speak by itself; the rest is left to whoever wraps the engine. */
export function cloudProsody(request: Pick<SpeechRequest, 'speed' | 'volumeDb'>): {
  readonly speed: number;
  readonly volumeDb: number;
} {
  return {
    speed: clamp(request.speed, MIN_SPEED, MAX_SPEED),
    volumeDb: clamp(request.volumeDb ?? 0, -MAX_VOLUME_DB, MAX_VOLUME_DB),
  };
}

/**
 * The msgpack body of the cloud's `POST /v1/tts`. Its schema has no `seed`, no `streaming` and no memory cache: it always
 * streams. WAV, because that says its own sample rate.
 *
 * @param voice id of one of the cloud's voice models, or null for its default voice
 */
export function encodeCloudTts(request: SpeechRequest, voice: UpstreamVoice): Uint8Array<ArrayBuffer> {
  const { sampling } = request;
  const { speed, volumeDb } = cloudProsody(request);
  return encode({
    text: request.text.toWellFormed(),
    reference_id: voice,
    references: request.references.map(({ audio, text }) => ({ audio, text: text.toWellFormed() })),
    prosody: { speed, volume: volumeDb },
    chunk_length: clamp(sampling.chunkLength, MIN_CHUNK, MAX_CHUNK),
    normalize: sampling.normalize,
    format: 'wav',
    sample_rate: SAMPLE_RATE,
    latency: request.whole ? 'normal' : 'balanced', // `balanced` is what its own clients send for an early first audio
    max_new_tokens: sampling.maxNewTokens,
    temperature: clamp(sampling.temperature, 0, 1),
    top_p: clamp(sampling.topP, 0, 1),
    repetition_penalty: sampling.repetitionPenalty,
  });
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(max, Math.max(min, value));
}
