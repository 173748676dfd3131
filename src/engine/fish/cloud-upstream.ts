import { SpeechFailure } from '../../core/errors.ts';
import type { Ports } from '../../core/ports.ts';
import type { Upstream, UpstreamVoice } from '../../core/upstream.ts';
import { createProbe } from '../upstream/probe.ts';
import { RefusedByOrigin } from '../upstream/refusal.ts';
import { createSpeak } from '../upstream/speak.ts';
import { fixedList, withoutList } from '../upstream/voice-list.ts';
import { cloudProsody, encodeCloudTts } from './cloud.ts';
import type { FishOptions } from './options.ts';
import { isEngineFailure } from './own-failure.ts';
import { FISH_ID, FISH_RATE, referenceIdOf } from './upstream.ts';
import { defaultFishVoice, toVoices } from './voices.ts';

/** The cloud has no health route; this one costs nothing and tells whether our key is good. */
const PROBE_PATH = '/wallet/self/api-credit';

const STANDARD_MODEL = 's1';

/** The Fish Audio cloud. It gives no list of voices: any name may be there, and a wrong one is refused where it is spoken. */
export function createCloudUpstream(
  { model = STANDARD_MODEL, ...options }: FishOptions & { readonly model?: string | undefined },
  ports: Pick<Ports, 'fetch' | 'clock'>,
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
