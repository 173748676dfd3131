import { Encoder } from '@msgpack/msgpack';
import type { Ports } from '../../core/ports.ts';
import { defaultSampling, type Sampling, type SpeechRequest } from '../../core/request.ts';
import type { Upstream, UpstreamVoice } from '../../core/upstream.ts';
import { namesNoVoice } from '../../core/voices.ts';
import { fetchJson } from '../upstream/call.ts';
import type { UpstreamOptions } from '../upstream/options.ts';
import { createProbe } from '../upstream/probe.ts';
import { createSpeak } from '../upstream/speak.ts';
import { createReferenceChanges, type FishOptions, isEngineFailure } from './options.ts';
import { createReferencesApi, createVqganApi } from './origin-api.ts';
import { registering } from './registered-voices.ts';
import { createFishVoices } from './voices.ts';

export const FISH_ID = 'fish';
/** Fish-Speech's codec rate: it streams headerless PCM labelled audio/wav and says its rate nowhere. */
export const FISH_RATE = 44_100;

/** A self-hosted Fish-Speech server of any release. It has no field for speed and volume. */
export function createFishUpstream(
  place: FishOptions,
  ports: Pick<Ports, 'fetch' | 'clock' | 'sizedReads'>,
): Upstream {
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
  const references = createReferencesApi(options, ports);
  const registers = options.registersVoices === true && options.voices === undefined; // else nobody asks for its list
  return {
    id: options.url,
    family: FISH_ID,
    abilities: { clones: true, changesPace: false, takesInstructions: false },
    list,
    version,
    fish: { ...references, ...createVqganApi(options, ports) },
    voiceOf: referenceIdOf,
    speak: registers ? registering(speak, references, ports.clock) : speak,
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
function encodeTts(
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
  const isSmall = references.length === 0 && request.text.length < MAX_SHARED_TEXT;
  return (isSmall ? shared : new Encoder()).encode(body); // a copy, as it is held for as long as the answer is read
}

/** Has room that is used again, and keeps it: only for short bodies, which most are. */
const shared = new Encoder();
const MAX_SHARED_TEXT = 4096;

const SAMPLING = [
  ['chunkLength', 'chunk_length'],
  ['normalize', 'normalize'],
  ['maxNewTokens', 'max_new_tokens'],
  ['topP', 'top_p'],
  ['repetitionPenalty', 'repetition_penalty'],
  ['temperature', 'temperature'],
] as const satisfies readonly (readonly [keyof Sampling, string])[];

/**
 * A generation of Fish-Speech's HTTP interface, named as its models are: `1.4`, `1.5`, `s1` (OpenAudio S1, the first one that
 * keeps reference voices) and `s2`. Its own version number says less: three of the four claim to be 1.5.0.
 */
type OriginVersion = '1.4' | '1.5' | 's1' | 's2';

export interface VersionFinder {
  /** As it was found out last; undefined while nobody knows. */
  readonly known: OriginVersion | undefined;
  /** Asks where it is not known, or was found out long ago. Two seconds at most; never rejects. */
  find(): Promise<OriginVersion | undefined>;
  /** The origin was away: another one may have come back. */
  forget(): void;
}

const FIND_TIMEOUT_MS = 2000;
/** An origin is not replaced without being away, but nobody need have noticed. */
const BELIEVED_MS = 10 * 60_000;
/** Between two attempts that found nothing. */
const RETRY_MS = 10_000;
const MAX_DOCUMENT_BYTES = 256 * 1024;

/** Finds out which generation an origin is by the OpenAPI document that it serves without a key. */
export function createVersionFinder(
  options: UpstreamOptions,
  ports: Pick<Ports, 'fetch' | 'clock'>,
): VersionFinder {
  const { clock } = ports;
  let known: OriginVersion | undefined;
  let nextAt = Number.NEGATIVE_INFINITY;
  return {
    get known() {
      return known;
    },
    async find() {
      if (clock.now() < nextAt) return known;
      nextAt = clock.now() + RETRY_MS; // others do not wait for this attempt, and none of them begins another
      const found = await ask(options, ports).catch(() => undefined);
      if (found !== undefined) {
        known = found;
        nextAt = clock.now() + BELIEVED_MS;
      }
      return known;
    },
    forget() {
      if (known !== undefined) nextAt = Number.NEGATIVE_INFINITY;
      known = undefined;
    },
  };
}

async function ask(
  options: UpstreamOptions,
  ports: Pick<Ports, 'fetch' | 'clock'>,
): Promise<OriginVersion | undefined> {
  const read = { path: '/json', maxBytes: MAX_DOCUMENT_BYTES, withinMs: FIND_TIMEOUT_MS };
  return versionOf((await fetchJson(read, options, ports)) as OpenApi);
}

interface OpenApi {
  readonly paths?: Readonly<Record<string, unknown>>;
  readonly components?: { readonly schemas?: Readonly<Record<string, Schema | undefined>> };
}

interface Schema {
  readonly properties?: Readonly<Record<string, { readonly enum?: readonly unknown[] } | undefined>>;
}

/** By what each generation added; undefined for what is no Fish-Speech, or older than all of them. @throws where it has another shape */
function versionOf(document: OpenApi): OriginVersion | undefined {
  const paths = Object.keys(document.paths ?? {});
  const fields = document.components?.schemas?.ServeTTSRequest?.properties;
  if (!paths.includes('/v1/tts') || !fields) return undefined;
  const takes = (field: string, value: string): boolean => fields[field]?.enum?.includes(value) ?? false;
  if (paths.some((path) => path.startsWith('/v1/references/'))) return takes('format', 'opus') ? 's2' : 's1';
  return takes('use_memory_cache', 'on-demand') ? '1.4' : '1.5';
}
