import { encode } from '@msgpack/msgpack';
import { SpeechFailure } from '../../core/errors.ts';
import type { Ports } from '../../core/ports.ts';
import type { SpeechRequest } from '../../core/request.ts';
import type { Upstream, UpstreamVoice } from '../../core/upstream.ts';
import { createProbe } from '../upstream/probe.ts';
import { RefusedByOrigin } from '../upstream/refusal.ts';
import { createSpeak } from '../upstream/speak.ts';
import { fixedList, withoutList } from '../upstream/voice-list.ts';
import { type FishOptions, isEngineFailure } from './options.ts';
import { FISH_ID, FISH_RATE, referenceIdOf } from './upstream.ts';
import { defaultFishVoice, toVoices } from './voices.ts';

/** The cloud has no health route; this one costs nothing and tells whether our key is good. */
const PROBE_PATH = '/wallet/self/api-credit';

const STANDARD_MODEL = 's1';

/** The Fish Audio cloud. It gives no list of voices: any name may be there, and a wrong one is refused where it is spoken. */
export function createCloudUpstream(
  { model = STANDARD_MODEL, ...options }: FishOptions & { readonly model?: string | undefined },
  ports: Pick<Ports, 'fetch' | 'clock' | 'sizedReads'>,
): Upstream {
  const list = options.voices ? fixedList(options.voices, toVoices) : withoutList(defaultFishVoice);
  return {
    id: options.url,
    family: `fish-cloud ${model}`,
    abilities: { clones: true, changesPace: true, takesInstructions: false },
    list,
    version: { known: 'cloud', find: async () => 'cloud' },
    voiceOf: referenceIdOf,
    speak: createSpeak(
      {
        engine: FISH_ID,
        list,
        rate: FISH_RATE,
        isEngineFailure,
        compose: (request, voice) => ({
          path: '/v1/tts',
          headers: { 'content-type': 'application/msgpack', model: request.model ?? model },
          body: encodeCloudTts(request, voice),
          prosody: cloudProsody(request),
        }),
        explain: async (refusal, voice) => unknownModel(refusal, voice),
      },
      options,
      ports,
    ),
    probe: createProbe(PROBE_PATH, options, ports),
  };
}

/** An unknown voice shows only here (its error page: 404). */
function unknownModel(refusal: SpeechFailure, voice: UpstreamVoice): SpeechFailure {
  const isMissing = refusal.cause instanceof RefusedByOrigin && refusal.cause.status === 404;
  return isMissing && voice !== null
    ? new SpeechFailure({ code: 'voice_not_found', voice }, refusal.cause)
    : refusal;
}

/** What `prosody` of the cloud takes (API reference of `POST /v1/tts`). */
const MIN_SPEED = 0.5;
const MAX_SPEED = 2;
const MAX_VOLUME_DB = 20;
const MIN_CHUNK = 100;
const MAX_CHUNK = 300;
const SAMPLE_RATE = 44_100;

/** As much of the asked speed and volume as the cloud can speak by itself; the rest is left to whoever wraps the engine. */
function cloudProsody(request: Pick<SpeechRequest, 'speed' | 'volumeDb'>): {
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
function encodeCloudTts(request: SpeechRequest, voice: UpstreamVoice): Uint8Array<ArrayBuffer> {
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
  }).slice(); // as that of one's own origin
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(max, Math.max(min, value));
}
