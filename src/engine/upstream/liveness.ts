import type { EngineHealth } from '../../core/engine.ts';
import type { Clock } from '../../core/ports.ts';
import { abortable } from '../../stream/cancel.ts';
import type { PooledOrigin } from './choice.ts';
import { RECENT_MS } from './health.ts';
import type { Slots } from './slots.ts';

/** An answer is good for so long: whoever sends bad requests must not make a probe of each. */
const SHARED_MS = 1000;
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
      probe.until = clock.now() + SHARED_MS;
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
