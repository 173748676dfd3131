import { createStretcher } from '../audio/dsp/stretch.ts';
import type { Config } from '../config/config.ts';
import { ConfigError, chosenEngine, inferenceThreads, originsOf } from '../config/config.ts';
import type { Engine, Policy } from '../core/engine.ts';
import type { Ports } from '../core/ports.ts';
import type { SpeechRequest } from '../core/request.ts';
import { createVoiceRevisions } from '../services/voice-revisions.ts';
import { isSpeakable } from '../speech/speakable.ts';
import { describe, type Logger } from '../telemetry/log.ts';
import { chooseWorkers, createOnnxEngine, type OnnxEngine } from './onnx/engine.ts';
import { chooseKernels, chooseRuntime } from './onnx/runtime.ts';
import { admission } from './policy/admission.ts';
import { continuity } from './policy/continuity.ts';
import { deadline } from './policy/deadline.ts';
import { fallback, voicesByList } from './policy/fallback.ts';
import { createSpeechKeeping, type SpeechKeeping } from './policy/kept-speech.ts';
import { where } from './policy/opening.ts';
import { pronounced, signs } from './policy/pronounced.ts';
import { type CreateStretcher, prosody } from './policy/prosody.ts';
import { segments } from './policy/segments.ts';
import { createSpeechKey, share, voiceByRevision } from './policy/share.ts';
import { streamingInput } from './policy/streaming-input.ts';
import type { UpstreamPool } from './upstream/pool.ts';
import { createPool } from './upstreams.ts';

/** Of the time for the first audio, what the origins may take before the embedded voice stands in for them. */
const ORIGIN_SHARE = 0.75;
/**
 * An origin hands out a segment when all of it is made: segments may grow, as each plays while the next is made. This leaves
 * room for an origin that needs two thirds of the time that its speech lasts, or has other listeners as well.
 */
const ORIGIN_GROWTH = 1.5;

const noEmbeddedVoice =
  'engine: this runtime cannot hold an embedded voice; set FISH_BACKEND to the address of a Fish-Speech server';

const noNativeRuntime =
  'onnx.runtime is native, but the native runtime cannot be loaded here (README.md, Native inference)';

const noKernels =
  'the kernels of the embedded voice are not built: npm run build:codecs makes it twice as fast';
/** Once, whatever the number of workers. */
const notComputed = 'ONNX Runtime computes a part of a voice that the kernels are not made for';

export interface BuiltEngine extends Engine {
  /** Takes over the origins of another configuration without touching speech that runs. */
  reload(config: Config): void;
}

/** What a request asks for: policies that nobody needs are gone past. */
const isOfSigns = ({ more, text }: SpeechRequest): boolean => more === undefined && !isSpeakable(text);
const hasMoreText = ({ more }: SpeechRequest): boolean => more !== undefined;
const isPart = ({ utteranceId }: SpeechRequest): boolean => utteranceId !== undefined;
const isWhole = (request: SpeechRequest): boolean => !isPart(request);
const hasProsody = ({ speed, volumeDb = 0 }: SpeechRequest): boolean => speed !== 1 || volumeDb !== 0;
const isTaught = ({ pronunciations = [], phonemeOverrides = [] }: SpeechRequest): boolean =>
  pronunciations.length + phonemeOverrides.length > 0;

/** Config to composed engine: the only file that knows the order of the policies. @throws ConfigError for an engine that this runtime lacks */
export function buildEngine(config: Config, ports: Ports, log: Logger): BuiltEngine {
  if (chosenEngine(config) === 'onnx') {
    if (!ports.spawnInference) throw new ConfigError([noEmbeddedVoice]);
    const voices = embeddedVoices(config, ports, log);
    const policies = [
      where(isOfSigns, signs()),
      where(hasMoreText, streamingInput({ isOneUtterance: false }, ports)),
      deadline({ firstAudioMs: config['queue.timeout'] }, ports),
      ...embeddedPolicies(voices, config, ports),
    ];
    const voiceOf = voicesByList(voices, config['fish.fallback_voices']);
    return { ...compose(policies, voices), voiceOf, reload() {} };
  }
  const keeping = keepingOf('fish', config, ports);
  const pool = poolOf(config, keeping, ports, log);
  const isUnnamed = (voice: string | undefined): boolean => pool.abilities.clones && pool.isUnnamed(voice);
  const policies = [
    where(isOfSigns, signs()),
    where(hasMoreText, streamingInput({ isOneUtterance: true }, ports)),
    deadline({ firstAudioMs: config['queue.timeout'] }, ports),
    segments({ growth: ORIGIN_GROWTH, alone: 'untouched', enabled: isCut(config) }, ports), // untouched, so that the runtime can move it by itself
    ...standInFor(config, ports, log),
    where(hasProsody, prosodyOf(ports, pool.abilities.changesPace)),
    where(isTaught, pronounced({ spellsSounds: true })),
    where(isPart, continuity({ isUnnamed })),
    sharing(
      keeping,
      (request) => pool.voiceKey(request),
      config,
      ports,
      (request) => {
        return request.seed !== undefined || request.repeatable === true;
      },
    ),
  ];
  return {
    ...compose(policies, pool),
    purgeVoice: keeping.purgeVoice,
    reload: (next) => pool.setUpstreams(originsOf(next)),
  };
}

/** What stands before the embedded voices also where they only stand in. */
function embeddedPolicies(voices: OnnxEngine, config: Config, ports: Ports): readonly Policy[] {
  const queue = {
    starting: config['queue.workers'],
    maxPending: config['queue.max_pending'],
    deadlineMs: config['queue.timeout'],
    demandOf: voices.demandOf,
  };
  const keeping = keepingOf('onnx', config, ports);
  return [
    segments({ enabled: isWhole, firstMaxWords: ({ voice }) => voices.firstMaxWords(voice) }, ports), // else it is a part of a text
    where(hasProsody, prosodyOf(ports, true)),
    where(isTaught, pronounced()),
    sharing(keeping, voiceByRevision(voices), config, ports, () => true), // what is kept needs no place
    admission(queue, ports),
  ];
}

/** The embedded voice stands in for origins that cannot speak, where the user left the choice of the engine to us. */
function standInFor(config: Config, ports: Ports, log: Logger): readonly Policy[] {
  if (config.engine !== 'auto' || !config['fish.fallback'] || !ports.spawnInference) return [];
  const voices = embeddedVoices(config, ports, log);
  return [
    fallback(compose(embeddedPolicies(voices, config, ports), voices), {
      voices: config['fish.fallback_voices'],
    }),
    deadline({ firstAudioMs: config['queue.timeout'] * ORIGIN_SHARE }, ports),
  ];
}

function embeddedVoices(config: Config, ports: Ports, log: Logger): OnnxEngine {
  const told = new Set<string>();
  const options = {
    voice: config['onnx.voice'],
    workers: workersOf(config, ports, log),
    threads: inferenceThreads(config),
    idleMs: config['onnx.idle_unload'],
    maxBytes: config['onnx.max_memory'],
    runtime: chooseRuntime(config['onnx.runtime'], ports.hasNativeInference, (runtime, isThere) => {
      if (isThere) log.info('inference runtime', { runtime });
      else log.error(noNativeRuntime, { runtime });
    }),
    kernels: chooseKernels(config['onnx.kernels'], ports.hasKernels, (areUsed) => {
      if (areUsed) log.info('inference kernels', { family: 'piper' });
      else log.warn(noKernels);
    }),
    onNote: (cause: string) => {
      if (!told.has(cause)) log.info(notComputed, { cause });
      told.add(cause);
    },
  };
  return createOnnxEngine(options, ports);
}

function poolOf(config: Config, keeping: SpeechKeeping, ports: Ports, log: Logger): UpstreamPool {
  const revisions = createVoiceRevisions(ports.state.records);
  return createPool(
    {
      upstreams: originsOf(config),
      leases: ports.state.leases,
      maxPending: config['queue.max_pending'],
      deadlineMs: config['queue.timeout'],
      maxReadAheadBytes: config['backend.max_read_ahead'],
      retries: config['fish.retries'],
      breaker: { failures: config['fish.breaker_failures'], pauseMs: config['fish.breaker_pause'] },
      firstByteTimeoutMs: config['backend.timeout'],
      idleTimeoutMs: config['backend.idle_timeout'],
      totalTimeoutMs: config['backend.total_timeout'],
      onFailure: (origin, error) => log.warn('an origin failed', { origin, cause: describe(error) }),
      onReferenceChanged: async (id) => {
        await Promise.allSettled([keeping.purgeVoice(id), revisions.changed(id)]);
      },
    },
    ports,
  );
}

function isCut(config: Config): (request: SpeechRequest) => boolean {
  return (request) => config['fish.fast_start'] && !request.whole;
}

function keepingOf(engine: string, config: Config, { state, ...ports }: Ports): SpeechKeeping {
  return createSpeechKeeping({ engine, blobs: state.blobs, maxAgeMs: config['cache.max_age'] }, ports);
}

/** @param repeatable whether the same request may get the same speech again, where the user did not say */
function sharing(
  keeping: SpeechKeeping,
  voice: (request: SpeechRequest) => string | Promise<string>,
  config: Config,
  ports: Ports,
  repeatable: (request: SpeechRequest) => boolean,
): Policy {
  const keeps = (request: SpeechRequest): boolean => {
    return config['cache.default'] === 'auto' ? repeatable(request) : config['cache.default'] === 'on';
  };
  return (inner) => share({ key: createSpeechKey(inner, voice), keeping, keeps }, ports)(inner);
}

function workersOf(config: Config, { machine }: Ports, log: Logger): number {
  const asked = config['onnx.workers'];
  if (asked !== 'auto') return asked;
  const { cores, freeBytes } = machine?.() ?? { cores: 1, freeBytes: undefined };
  const workers = chooseWorkers({ cores, freeBytes }, inferenceThreads(config));
  const freeMB = freeBytes === undefined ? undefined : Math.round(freeBytes / 1e6);
  log.info('inference workers', { workers, cores, free_mb: freeMB });
  return workers;
}

function prosodyOf({ wasm, clock }: Ports, native: boolean): Policy {
  const stretcher: CreateStretcher = async (rate, channels, factor) =>
    createStretcher(rate, channels, factor, await wasm('stretch'));
  return prosody(stretcher, { native, clock });
}

/** The first policy is the outermost. */
function compose(policies: readonly Policy[], engine: Engine): Engine {
  return policies.reduceRight((inner, policy) => policy(inner), engine);
}
