import type { EngineHealth, OriginHealth } from '../../core/engine.ts';
import type { Clock } from '../../core/ports.ts';
import { abortable } from '../../stream/cancel.ts';
import type { PooledOrigin } from './choice.ts';
import type { Slots } from './slots.ts';

/** Askers within this time share one round of probes: anyone may ask, and each probe is work for an origin. */
const SHARED_MS = 1000;
const MAX_ROUND_MS = 5000;
/** A job whose client left still blocks its origin: audio this recent excuses an origin that gives no answer. */
const RECENT_MS = 60_000;

/**
 * Asks all origins at once how they are: two seconds at most. The pool is healthy when one of them is. An origin that is
 * speaking does not answer a probe and is healthy nevertheless. Probes never count for the breaker.
 */
export function createPoolHealth(
  origins: () => readonly PooledOrigin[],
  slots: Slots,
  clock: Clock,
  inBackground: (work: Promise<unknown>) => void,
): (signal: AbortSignal) => Promise<EngineHealth> {
  let round: { until: number; readonly health: Promise<EngineHealth> } | undefined;

  const probe = async (pooled: PooledOrigin): Promise<OriginHealth> => {
    const { version } = pooled.origin;
    const [health] = await Promise.all([probeAlone(pooled), version?.find()]); // known once it is found: probing may forget it
    return { ...health, version: version?.known };
  };
  const probeAlone = async (pooled: PooledOrigin): Promise<EngineHealth> => {
    const health = await pooled.origin.probe(new AbortController().signal);
    if (health.healthy || health.error !== 'timeout') return health;
    const slotStatus = await slots.status([pooled.id]);
    const spokeMs = clock.now() - (pooled.spokeAt ?? Number.NEGATIVE_INFINITY);
    const isBusy = (slotStatus.get(pooled.id)?.taken ?? 0) > 0 || spokeMs < RECENT_MS;
    return isBusy ? { healthy: true } : health;
  };
  const ask = async (): Promise<EngineHealth> => {
    const all = await Promise.all(origins().map(probe));
    const healthy = all.filter((each) => each.healthy);
    if (healthy.length === 0) {
      const { latencyMs, error } = all[0] ?? { error: 'unreachable' };
      return { healthy: false, latencyMs, error, origins: all };
    }
    const latencies = healthy.flatMap(({ latencyMs }) => (latencyMs === undefined ? [] : [latencyMs]));
    const latencyMs = latencies.length > 0 ? Math.min(...latencies) : undefined;
    return { healthy: true, latencyMs, origins: all };
  };

  return (signal) => {
    if (!round || clock.now() >= round.until) {
      const next = { until: clock.now() + MAX_ROUND_MS, health: ask() };
      round = next;
      inBackground(next.health); // others rely on it, whoever began it
      void next.health.then(() => {
        next.until = clock.now() + SHARED_MS;
      });
    }
    return abortable(round.health, signal).catch(() => ({ healthy: false, error: 'cancelled' }));
  };
}

/** An answer is good for so long: whoever sends bad requests must not make a probe of each. */
const ANSWER_GOOD_MS = 1000;
/** A probe ends by itself sooner than this; one that was stopped with its request does not. */
const MAX_PROBE_MS = 4000;

/** Asks the health of an origin at which a request has failed. */
export interface Liveness {
  /**
   * Whether the origin lives, as far as anybody can tell: one that is busy speaking need not answer.
   * @param hasAnswered it gave an answer of its own a moment ago: only a connection that it refuses says otherwise
   * @throws ClientGone as soon as `signal` aborts
   */
  isAlive(origin: PooledOrigin, hasAnswered: boolean, signal: AbortSignal): Promise<boolean>;
}

/** At most one probe of an origin at a time; its answer is shared for a moment. */
export function createLiveness(
  slots: Slots,
  clock: Clock,
  inBackground: (work: Promise<unknown>) => void,
): Liveness {
  const probes = new WeakMap<PooledOrigin, { until: number; readonly health: Promise<EngineHealth> }>();

  const ask = (origin: PooledOrigin): Promise<EngineHealth> => {
    const known = probes.get(origin);
    if (known && clock.now() < known.until) return known.health;
    const health = origin.origin.probe(new AbortController().signal);
    const probe = { until: clock.now() + MAX_PROBE_MS, health };
    probes.set(origin, probe);
    inBackground(health); // others rely on it, whoever began it
    void health.then(() => {
      probe.until = clock.now() + ANSWER_GOOD_MS;
    });
    return health;
  };
  /** Besides the request that has failed and still holds its slot. */
  const isBusy = async ({ id, spokeAt = Number.NEGATIVE_INFINITY }: PooledOrigin): Promise<boolean> => {
    if (clock.now() - spokeAt < RECENT_MS) return true;
    return ((await slots.status([id])).get(id)?.taken ?? 0) > 1;
  };

  return {
    async isAlive(origin, hasAnswered, signal) {
      const { healthy, error } = await abortable(ask(origin), signal);
      if (healthy) return true;
      if (error === 'unreachable') return false;
      return hasAnswered || (error === 'timeout' && (await isBusy(origin)));
    },
  };
}
