import { createStretcher } from '../audio/stretch.ts';
import type { Config } from '../config/config.ts';
import { ConfigError, chosenEngine } from '../config/load.ts';
import { originsOf } from '../config/origins.ts';
import type { Ports } from '../ports.ts';
import type { SpeechRequest } from '../speech/request.ts';
import { describe, type Logger } from '../telemetry/log.ts';
import type { Engine, Policy } from './engine.ts';
import { chooseWorkers } from './onnx/choose-workers.ts';
import { createOnnxEngine } from './onnx/engine.ts';
import { admission } from './policy/admission.ts';
import { createSpeechCache, type SpeechCache } from './policy/cache.ts';
import { coalesce } from './policy/coalesce.ts';
import { continuity } from './policy/continuity.ts';
import { deadline } from './policy/deadline.ts';
import { fallback } from './policy/fallback.ts';
import { mappedVoices } from './policy/mapped-voices.ts';
import { moreText } from './policy/more-text.ts';
import { pronounced } from './policy/pronounced.ts';
import { respelling } from './policy/respell.ts';
import { segments } from './policy/segments.ts';
import { signs } from './policy/signs.ts';
import { createSpeechKeys, type SpeechKeys, voiceByRevision } from './policy/speech-key.ts';
import { type CreateStretcher, speed } from './policy/speed.ts';
import { volume } from './policy/volume.ts';
import { createPool } from './upstreams.ts';
import { createVoiceRevisions } from './voice-revisions.ts';

/** Of the time for the first audio, what the origins may take before the embedded voice stands in for them. */
const originShare = 0.75;
/**
 * An origin hands out a segment when all of it is made: segments may grow, as each plays while the next is made. This leaves
 * room for an origin that needs two thirds of the time that its speech lasts, or has other listeners as well.
 */
const originGrowth = 1.5;

const noEmbeddedVoice =
  'engine: this runtime cannot hold an embedded voice; set FISH_BACKEND to the address of a Fish-Speech server';

export interface BuiltEngine extends Engine {
  /** Takes over the origins of another configuration without touching speech that runs. */
  reload(config: Config): void;
}

/** Config to composed engine: the only file that knows the order of the policies. @throws ConfigError for an engine that this runtime lacks */
export function buildEngine(config: Config, ports: Ports, log: Logger): BuiltEngine {
  const inTime = deadline({ firstAudioMs: config['queue.timeout'] }, ports);
  if (chosenEngine(config) === 'onnx') {
    if (!ports.spawnInference) throw new ConfigError([noEmbeddedVoice]);
    const written = moreText({ isOneThread: false }, ports);
    const named = mappedVoices(config['fish.fallback_voices']);
    return { ...signs()(named(written(inTime(onnx(config, ports, log))))), reload() {} };
  }
  const { origins, reload } = fish(config, ports, log);
  const cut = segments(
    {
      growth: originGrowth,
      alone: 'untouched', // so that the runtime can move it by itself
      enabled: (request) => config['fish.fast_start'] && !request.whole,
    },
    ports,
  );
  const written = moreText({ isOneThread: true }, ports);
  return { ...signs()(written(inTime(cut(withStandIn(origins, config, ports, log))))), reload };
}

function fish(
  config: Config,
  ports: Ports,
  log: Logger,
): { readonly origins: Engine; readonly reload: (config: Config) => void } {
  const revisions = createVoiceRevisions(ports.state.records);
  const pool = createPool(
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
        await Promise.allSettled([cache.purgeVoice(id), revisions.changed(id)]);
      },
    },
    ports,
  );
  const keys = createSpeechKeys('fish', (request) => pool.voiceKey(request));
  const cache = cacheOf('fish', keys, config, ports, (request) => {
    return request.seed !== undefined || request.repeatable === true;
  });
  const stretched = speed(stretcher(ports), { native: pool.abilities.changesPace, clock: ports.clock });
  const policies: readonly Policy[] = [
    volume(ports.clock),
    stretched,
    pronounced,
    respelling,
    continuity({ isUnnamed: (voice) => pool.abilities.clones && pool.isUnnamed(voice) }),
    coalesce({ key: keys.plain }, ports),
    cache.policy,
  ];
  return { origins: wrap(policies, pool), reload: (next) => pool.setUpstreams(originsOf(next)) };
}

/** The embedded voice stands in for origins that cannot speak, where the user left the choice of the engine to us. */
function withStandIn(origins: Engine, config: Config, ports: Ports, log: Logger): Engine {
  if (config.engine !== 'auto' || !config['fish.fallback'] || !ports.spawnInference) return origins;
  const earlier = deadline({ firstAudioMs: config['queue.timeout'] * originShare }, ports);
  const standIn = fallback(onnx(config, ports, log), { voices: config['fish.fallback_voices'] });
  return standIn(earlier(origins));
}

function onnx(config: Config, ports: Ports, log: Logger): Engine {
  const engine = createOnnxEngine(
    { voice: config['onnx.voice'], workers: workersOf(config, ports, log), threads: config['onnx.threads'] },
    ports,
  );
  const keys = createSpeechKeys('onnx', voiceByRevision(engine));
  const cache = cacheOf('onnx', keys, config, ports, () => true);
  const queue = {
    starting: config['queue.workers'],
    maxPending: config['queue.max_pending'],
    deadlineMs: config['queue.timeout'],
    demandOf: engine.demandOf,
  };
  const isWhole = (request: SpeechRequest): boolean => request.thread === undefined; // else it is a part of a text
  const policies: readonly Policy[] = [
    segments({ enabled: isWhole }, ports),
    volume(ports.clock),
    speed(stretcher(ports), { native: true, clock: ports.clock }),
    pronounced,
    coalesce({ key: keys.plain }, ports),
    cache.policy, // what is kept needs no place
    admission(queue, ports),
  ];
  return wrap(policies, engine);
}

function workersOf(config: Config, { machine }: Ports, log: Logger): number {
  const asked = config['onnx.workers'];
  if (asked !== 'auto') return asked;
  const { cores, freeBytes } = machine?.() ?? { cores: 1, freeBytes: undefined };
  const workers = chooseWorkers({ cores, freeBytes }, config['onnx.threads']);
  const freeMB = freeBytes === undefined ? undefined : Math.round(freeBytes / 1e6);
  log.info('inference workers', { workers, cores, free_mb: freeMB });
  return workers;
}

function stretcher({ wasm }: Pick<Ports, 'wasm'>): CreateStretcher {
  return async (rate, channels, factor) => createStretcher(rate, channels, factor, await wasm('stretch'));
}

/** @param repeatable whether the same request may get the same speech again, where the user did not say */
function cacheOf(
  engine: string,
  keys: SpeechKeys,
  config: Config,
  { state, ...ports }: Ports,
  repeatable: (request: SpeechRequest) => boolean,
): SpeechCache {
  const keeps = (request: SpeechRequest): boolean => {
    return config['cache.default'] === 'auto' ? repeatable(request) : config['cache.default'] === 'on';
  };
  const key = async (request: SpeechRequest): Promise<string | undefined> => {
    return keeps(request) ? keys.hashed(request) : undefined;
  };
  return createSpeechCache({ engine, blobs: state.blobs, maxAgeMs: config['cache.max_age'], key }, ports);
}

/** The first policy is the outermost. */
function wrap(policies: readonly Policy[], engine: Engine): Engine {
  return policies.reduceRight((inner, policy) => policy(inner), engine);
}
