import type { EngineHealth, OriginHealth } from '../../core/engine.ts';
import type { Clock } from '../../core/ports.ts';
import { abortable } from '../../stream/cancel.ts';
import type { PooledOrigin } from './choice.ts';
import type { Slots } from './slots.ts';

/** Askers within this time share one round of probes: anyone may ask, and each probe is work for an origin. */
const SHARED_MS = 1000;
const MAX_ROUND_MS = 5000;
/** A job whose client left still blocks its origin: audio this recent excuses an origin that gives no answer. */
export const RECENT_MS = 60_000;

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
