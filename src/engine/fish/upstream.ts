import type { Ports } from '../../core/ports.ts';
import type { Upstream, UpstreamVoice } from '../../core/upstream.ts';
import { namesNoVoice } from '../../core/voices.ts';
import { createProbe } from '../upstream/probe.ts';
import { createSpeak } from '../upstream/speak.ts';
import type { FishOptions } from './options.ts';
import { createVersionFinder } from './origin-version.ts';
import { isEngineFailure } from './own-failure.ts';
import { createReferenceChanges } from './reference-changes.ts';
import { createReferencesApi } from './references-api.ts';
import { encodeTts } from './tts-body.ts';
import { createFishVoices } from './voices.ts';
import { createVqganApi } from './vqgan-api.ts';

export const FISH_ID = 'fish';
/** Fish-Speech's codec rate: it streams headerless PCM labelled audio/wav and says its rate nowhere. */
export const FISH_RATE = 44_100;

/** A self-hosted Fish-Speech server of any release. It has no field for speed and volume. */
export function createFishUpstream(place: FishOptions, ports: Pick<Ports, 'fetch' | 'clock'>): Upstream {
  const options: FishOptions = { changes: createReferenceChanges(), ...place };
  const list = createFishVoices(options, ports);
  const version = createVersionFinder(options, ports);
  const probe = createProbe('/v1/health', options, ports, ['GET', 'POST']); // 1.4 takes POST alone
  const speak = createSpeak(
    {
      engine: FISH_ID,
      list,
      rate: FISH_RATE,
      isEngineFailure,
      compose(request, voice) {
        void version.find(); // in time for a later request
        return {
          path: '/v1/tts?format=msgpack',
          headers: { 'content-type': 'application/msgpack' },
          body: encodeTts(request, voice, version.known),
        };
      },
      lost: () => version.forget(),
    },
    options,
    ports,
  );
  return {
    id: options.url,
    family: FISH_ID,
    abilities: { clones: true, changesPace: false, takesInstructions: false },
    list,
    version,
    fish: { ...createReferencesApi(options, ports), ...createVqganApi(options, ports) },
    voiceOf: referenceIdOf,
    speak,
    async probe(signal) {
      const health = await probe(signal);
      if (health.error === 'unreachable') version.forget();
      return health;
    },
  };
}

/** A directory of the origin. At 80db25e `reference_id` is not checked there, so `../x` would leave its folder. */
const SAFE_ID = /^(?!\.{1,2}$)[^/\\\p{Cc}]{1,255}$/u;
/** Of a file name on Linux: an origin fails at a longer one with 500. */
const MAX_ID_BYTES = 255;

/** The name of a reference voice; OpenAI's names mean the default voice. */
export function referenceIdOf(voice: string | undefined): UpstreamVoice | undefined {
  if (voice === undefined || namesNoVoice(voice)) return null;
  const isName = SAFE_ID.test(voice) && new TextEncoder().encode(voice).length <= MAX_ID_BYTES;
  return isName ? voice : undefined;
}
