import { SpeechFailure } from '../../core/errors.ts';
import type { Ports } from '../../core/ports.ts';
import type { SpeechRequest } from '../../core/request.ts';
import type { Upstream, UpstreamVoice, VoiceList } from '../../core/upstream.ts';
import { openaiVoices, type Voice } from '../../core/voices.ts';
import { fetchJson, NoSuchRoute } from '../upstream/call.ts';
import type { UpstreamConfig, UpstreamOptions, UpstreamTimeouts } from '../upstream/options.ts';
import { createProbe } from '../upstream/probe.ts';
import { RefusedByOrigin } from '../upstream/refusal.ts';
import { createSpeak, type SpeechPost } from '../upstream/speak.ts';
import { createVoiceList, fixedList } from '../upstream/voice-list.ts';

type OpenaiOptions = Pick<
  UpstreamConfig,
  'url' | 'key' | 'model' | 'voices' | 'format' | 'sampleRate' | 'nativeSpeed'
> &
  UpstreamTimeouts;

const ENGINE = 'openai';
/** What every server of this dialect that knows one model alone answers to. */
const STANDARD_MODEL = 'tts-1';
/** Of `pcm` at OpenAI, Kokoro-FastAPI, speaches and vLLM-Omni: they say it nowhere. */
const STANDARD_RATE = 24_000;
const MIN_SPEED = 0.25;
const MAX_SPEED = 4;

/**
 * A server with OpenAI's `POST /v1/audio/speech`. It is asked for PCM, or for WAV where it cannot stream PCM; what comes is
 * known by its first bytes. Whether it heeds `speed` it does not say: it is asked for it only where the operator says so.
 */
export function createOpenaiUpstream(
  place: OpenaiOptions,
  ports: Pick<Ports, 'fetch' | 'clock' | 'sizedReads'>,
): Upstream {
  const { model = STANDARD_MODEL, format = 'pcm', sampleRate = STANDARD_RATE, nativeSpeed = false } = place;
  const options = { ...place, url: place.url.replace(/\/v1\/*$/, '') }; // as OPENAI_BASE_URL is written
  const { list, standard } = createOpenaiVoices(options, ports);

  const compose = async (request: SpeechRequest, voice: UpstreamVoice): Promise<SpeechPost> => {
    const speed = nativeSpeed ? Math.min(MAX_SPEED, Math.max(MIN_SPEED, request.speed)) : 1;
    const fields = {
      model,
      input: request.text.toWellFormed(),
      voice: voice ?? (await standard()),
      response_format: format,
      ...(speed !== 1 && { speed }),
      ...(request.instructions !== undefined && { instructions: request.instructions }),
    };
    return {
      path: '/v1/audio/speech',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(fields),
      prosody: nativeSpeed ? { speed, volumeDb: 0 } : undefined,
    };
  };
  const explain = async (refusal: SpeechFailure, voice: UpstreamVoice, signal: AbortSignal) => {
    const { cause } = refusal;
    if (!(cause instanceof RefusedByOrigin) || !ABOUT_REQUEST.includes(cause.status)) return refusal;
    const isVoice =
      blamesVoice(cause.excerpt) || (voice !== null && (await list.confirm(voice, signal)) === 'missing');
    if (!isVoice) return refusal;
    if (voice !== null) return new SpeechFailure({ code: 'voice_not_found', voice }, cause);
    return new SpeechFailure({ code: 'origin_unavailable' }, cause); // the client named none: ours was wrong
  };

  return {
    id: place.url,
    family: `openai ${model}`,
    abilities: { clones: false, changesPace: nativeSpeed, takesInstructions: true },
    list,
    version: { known: ENGINE, find: async () => ENGINE },
    voiceOf: (asked) => (asked === undefined || asked === '' || asked === 'default' ? null : asked),
    speak: createSpeak(
      { engine: ENGINE, list, rate: sampleRate, isEngineFailure, compose, explain },
      options,
      ports,
    ),
    probe: createProbe('/v1/models', options, ports),
  };
}

const ABOUT_REQUEST: readonly number[] = [400, 404, 422];

/** `{"error":{"param":"voice"}}`, as OpenAI has it, or fish-edge's code. */
function blamesVoice(body: string): boolean {
  try {
    const { error } = JSON.parse(body) as { error?: { param?: unknown; code?: unknown } };
    return error?.param === 'voice' || error?.code === 'voice_not_found';
  } catch {
    return false;
  }
}

/** A 500 that the server itself wrote: FastAPI's `detail` (Kokoro-FastAPI, speaches), OpenAI's `error`, or Starlette's words. */
const OWN_SHAPE = /^\s*\{\s*"(error|detail)"\s*:|^\s*Internal Server Error\s*$/;

function isEngineFailure(status: number, body: string): boolean {
  return status === 500 && OWN_SHAPE.test(body);
}

const PATH = '/v1/audio/voices';
const MAX_LIST_BYTES = 1024 * 1024;
const MAX_VOICES = 2000;
const MAX_LANGUAGE = 35; // RFC 5646, 4.4.1
/** What speaks where neither the operator nor the server names a voice: OpenAI's first, which others map to one of theirs. */
const STANDARD_VOICE = 'alloy';

interface OpenaiVoices {
  readonly list: VoiceList;
  /** The voice for requests that name none. Waits a second for a list at most. */
  standard(): Promise<string>;
}

/** The voices of the operator's list, else of the server's own (which OpenAI's dialect does not have), else OpenAI's. */
function createOpenaiVoices(
  options: UpstreamOptions & { readonly voices?: readonly string[] | undefined },
  ports: Pick<Ports, 'fetch' | 'clock'>,
): OpenaiVoices {
  const [first] = options.voices ?? [];
  if (first !== undefined) {
    const list = fixedList(options.voices ?? [], (ids) => ids.map((id) => voiceOf(id)));
    return { list, standard: async () => first };
  }
  let known: ReadonlyMap<string, Voice> = new Map();
  const toVoices = (ids: readonly string[]): readonly Voice[] => {
    const standard = standardOf(ids);
    const others = ids.filter((id) => id !== standard);
    return [standard, ...others].map((id) => known.get(id) ?? voiceOf(id));
  };
  const source = {
    toVoices,
    async fetchIds(withinMs: number, signal?: AbortSignal): Promise<readonly string[] | undefined> {
      const read = { path: PATH, maxBytes: MAX_LIST_BYTES, withinMs, signal };
      const answer = await fetchJson(read, options, ports).catch((error: unknown) => {
        if (error instanceof NoSuchRoute) return openaiVoices;
        throw error;
      });
      const voices = readVoices(answer);
      known = new Map(voices.map((voice) => [voice.id, voice]));
      return voices.length === 0 ? undefined : [...known.keys()];
    },
  };
  const list = createVoiceList(source, options, ports);
  return {
    list,
    async standard() {
      if (known.size > 0) return standardOf([...known.keys()]);
      const [voice] = await list.voices();
      return voice?.id ?? STANDARD_VOICE;
    },
  };
}

/** `default`, as fish-edge calls it, OpenAI's first, or else the first of the list. */
function standardOf(ids: readonly string[]): string {
  return ['default', STANDARD_VOICE].find((id) => ids.includes(id)) ?? ids[0] ?? STANDARD_VOICE;
}

/** Names, or objects that hold them, in a list or under `voices` or `data`: each server has its own shape. */
function readVoices(answer: unknown): readonly Voice[] {
  const { voices, data } = (answer ?? {}) as { voices?: unknown; data?: unknown };
  const list = [answer, voices, data].find((each) => Array.isArray(each)) as unknown[] | undefined;
  if (!list) throw new Error('The origin gave no list of voices.');
  return list.slice(0, MAX_VOICES).flatMap((each) => {
    const { id, voice_id: voiceId, name, language } = toFields(each);
    const found = [id, voiceId, name].find(isName);
    return found === undefined ? [] : [voiceOf(found, name, language)];
  });
}

function toFields(each: unknown): Readonly<Record<string, unknown>> {
  if (typeof each === 'string') return { id: each };
  return typeof each === 'object' && each !== null ? (each as Record<string, unknown>) : {};
}

const NAME = /^\P{Cc}{1,128}$/u;

function isName(value: unknown): value is string {
  return typeof value === 'string' && NAME.test(value);
}

function voiceOf(id: string, name?: unknown, language?: unknown): Voice {
  const isLanguage = isName(language) && language.length <= MAX_LANGUAGE;
  return {
    id,
    name: isName(name) ? name : id,
    description: 'A voice of a server that speaks the dialect of OpenAI',
    language: isLanguage ? language : 'mul',
    aliases: [],
  };
}
