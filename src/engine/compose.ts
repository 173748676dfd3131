import { embedded, standInFor } from '#embedded';
import type { Config } from '../config/config.ts';
import { chosenEngine, originsOf } from '../config/config.ts';
import type { Engine } from '../core/engine.ts';
import { SpeechFailure } from '../core/errors.ts';
import type { Ports } from '../core/ports.ts';
import type { SpeechRequest } from '../core/request.ts';
import { createVoiceRevisions } from '../services/voice-revisions.ts';
import { describe, type Logger } from '../telemetry/log.ts';
import {
  compose,
  hasMoreText,
  hasProsody,
  isOfSigns,
  isPart,
  isTaught,
  keepingOf,
  prosodyOf,
  sharing,
} from './composing.ts';
import { withoutRegistered } from './fish/registered-voices.ts';
import { continuity } from './policy/continuity.ts';
import { deadline } from './policy/deadline.ts';
import type { SpeechKeeping } from './policy/kept-speech.ts';
import { where } from './policy/opening.ts';
import { pronounced, signs } from './policy/pronounced.ts';
import { segments } from './policy/segments.ts';
import { streamingInput } from './policy/streaming-input.ts';
import type { UpstreamPool } from './upstream/pool.ts';
import { createPool } from './upstreams.ts';

/**
 * An origin hands out a segment when all of it is made: segments may grow, as each plays while the next is made. This leaves
 * room for an origin that needs two thirds of the time that its speech lasts, or has other listeners as well.
 */
const ORIGIN_GROWTH = 1.5;

export interface BuiltEngine extends Engine {
  /** Takes over the origins of another configuration without touching speech that runs. */
  reload(config: Config): void;
}

/**
 * Config to composed engine: with `embedded.ts` the only file that knows the order of the policies. @throws ConfigError for an engine that this
 * runtime lacks
 */
export function buildEngine(config: Config, ports: Ports, log: Logger): BuiltEngine {
  if (chosenEngine(config) === 'onnx') {
    const { voices, policies, voiceOf } = embedded(config, ports, log);
    const before = [
      where(isOfSigns, signs()),
      where(hasMoreText, streamingInput({ isOneUtterance: false }, ports)),
      deadline({ firstAudioMs: config['queue.timeout'] }, ports),
    ];
    return { ...compose([...before, ...policies], voices), voiceOf, reload() {} };
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
    where(hasProsody, prosodyOf(ports, { native: pool.abilities.changesPace })),
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
    ...(pool.fish && { fish: withoutRegistered(pool.fish) }),
    async purgeVoice(id) {
      await Promise.all([keeping.purgeVoice(id), forgetVoice(id, pool, config, log)]);
    },
    reload: (next) => pool.setUpstreams(originsOf(next)),
  };
}

/** Of an origin that is away: its clients cannot name the voice any more. */
const FORGET_MS = 10_000;

/** Deletes a custom voice wherever it is registered. Never throws. */
async function forgetVoice(id: string, { fish }: UpstreamPool, config: Config, log: Logger): Promise<void> {
  if (!fish || config['voices.mode'] !== 'register') return;
  try {
    await fish.deleteReference(id, AbortSignal.timeout(FORGET_MS));
  } catch (error) {
    const wasNever = error instanceof SpeechFailure && error.error.code === 'reference_not_found';
    const keepsNone = error instanceof SpeechFailure && error.error.code === 'not_supported';
    if (!wasNever && !keepsNone)
      log.warn('a deleted voice may still lie on an origin', { voice: id, cause: describe(error) });
  }
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
      registersVoices: config['voices.mode'] === 'register',
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
