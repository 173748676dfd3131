import { SpeechFailure } from '../../core/errors.ts';
import type { Ports } from '../../core/ports.ts';
import type { SpeechRequest } from '../../core/request.ts';
import type { Upstream, UpstreamVoice } from '../../core/upstream.ts';
import type { UpstreamConfig, UpstreamTimeouts } from '../upstream/options.ts';
import { createProbe } from '../upstream/probe.ts';
import { RefusedByOrigin } from '../upstream/refusal.ts';
import { createSpeak, type SpeechPost } from '../upstream/speak.ts';
import { createOpenaiVoices } from './voices.ts';

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
export function createOpenaiUpstream(place: OpenaiOptions, ports: Pick<Ports, 'fetch' | 'clock'>): Upstream {
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
