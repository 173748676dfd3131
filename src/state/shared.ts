import type { Clock } from '../core/ports.ts';
import type {
  Lease,
  LeaseResource,
  LeaseStore,
  RateStore,
  RateVerdict,
  ResourceStatus,
} from '../core/store.ts';
import type { CircuitBreaker } from './circuit-breaker.ts';
import { type BreakerRule, createLeaseTable, type LeaseKey, type TakeAnswer } from './lease-table.ts';
import { createMemoryRates } from './memory.ts';

/** A lease table that several servers ask. Each call may throw, after its own deadline. */
export interface LeaseBackend {
  take(resources: readonly LeaseResource[], leaseId: string, leaseMs: number): Promise<TakeAnswer>;
  renew(lease: LeaseKey, leaseMs: number): Promise<void>;
  release(lease: LeaseKey): Promise<void>;
  report(
    placeId: string,
    outcome: 'worked' | 'failed',
    rule: BreakerRule,
    traits?: readonly string[],
  ): Promise<void>;
  look(placeIds: readonly string[]): Promise<ReadonlyMap<string, ResourceStatus>>;
  watch(wake: () => void): () => void;
  /** Whoever watches here should look again in `ms` milliseconds at the latest. */
  nudge(ms: number): void;
}

interface Held extends LeaseKey {
  readonly leaseMs: number;
  renewedAt: number;
  /** Ends its renewals. */
  stop: () => void;
}

/** A lease lives through two lost renewals. */
const RENEWALS_PER_LEASE = 3;
/** Who waits looks again after so long, even when nobody tells. */
const LOOK_AGAIN_MS = 1000;
/** What was told of a resource says nothing any more after so long. */
const TOLD_MS = 1000;

/**
 * Leases that servers share. While the store is away, this server counts what it holds itself; what it took meanwhile is
 * told with the next renewal, so that the count is right again once the store is back.
 */
export function createSharedLeases(backend: LeaseBackend, clock: Clock, breaker: CircuitBreaker): LeaseStore {
  const local = createLeaseTable(() => clock.now());
  const held = new Map<string, Held>();
  let told: { readonly at: number; readonly status: Map<string, ResourceStatus> } | undefined;
  const remember = (status: ReadonlyMap<string, ResourceStatus>): ReadonlyMap<string, ResourceStatus> => {
    told = { at: clock.now(), status: new Map(status) };
    return status;
  };

  const hold = (placeId: string, leaseId: string, leaseMs: number): Lease => {
    const lease: Held = { placeId, leaseId, leaseMs, renewedAt: clock.now(), stop: () => {} };
    const renewIn = (ms: number): void => {
      lease.stop = clock.alarm(ms, () => {
        if (held.get(leaseId) !== lease) return; // released by a request that could not stop this one's alarm
        lease.renewedAt = clock.now();
        local.renew(lease, leaseMs);
        renewIn(ms);
        void breaker.ask(() => backend.renew(lease, leaseMs));
      });
    };
    local.renew(lease, leaseMs);
    held.set(leaseId, lease);
    renewIn(leaseMs / RENEWALS_PER_LEASE);
    return {
      placeId,
      async release() {
        if (!held.delete(leaseId)) return;
        const { taken = 0, shut = false } = told?.status.get(placeId) ?? {};
        told?.status.set(placeId, { taken: Math.max(0, taken - 1), shut });
        lease.stop();
        local.release(lease);
        if (!(await breaker.ask(() => backend.release(lease)))) backend.nudge(0);
      },
    };
  };

  /** A request that the runtime stopped (Workers) lets go of nothing, and renews nothing. */
  const forgetStopped = (): void => {
    for (const [id, { renewedAt, leaseMs }] of held)
      if (clock.now() - renewedAt > 2 * leaseMs) held.delete(id);
  };

  return {
    abilities: { atomic: true, lasting: true, shared: true, maxValueBytes: 0 },
    async take(resources, leaseMs) {
      forgetStopped();
      const leaseId = crypto.randomUUID();
      const asked = await breaker.ask(() => backend.take(resources, leaseId, leaseMs));
      const { placeId, waitMs, status } = asked?.answer ?? local.take(resources, leaseId, leaseMs);
      remember(status);
      if (placeId !== undefined) return hold(placeId, leaseId, leaseMs);
      backend.nudge(Math.min(waitMs ?? LOOK_AGAIN_MS, LOOK_AGAIN_MS));
      return undefined;
    },
    watch: (wake) => backend.watch(wake),
    async report(...asked) {
      local.report(...asked);
      await breaker.ask(() => backend.report(...asked));
    },
    async status(placeIds) {
      const asked = await breaker.ask(() => backend.look(placeIds));
      return remember(asked?.answer ?? new Map(placeIds.map((id) => [id, local.status(id)])));
    },
    lastStatus(placeIds) {
      const known = told && clock.now() - told.at < TOLD_MS ? told.status : undefined;
      return new Map(placeIds.map((id) => [id, known?.get(id) ?? { taken: 0, shut: false }]));
    },
    async close() {
      for (const lease of held.values()) lease.stop();
      await Promise.all([...held.values()].map((lease) => breaker.ask(() => backend.release(lease))));
      held.clear();
    },
  };
}

/** Windows that servers share. While the store is away, each server limits on its own: nobody is let in for nothing. */
export function createSharedRates(take: RateStore['take'], clock: Clock, breaker: CircuitBreaker): RateStore {
  const local = createMemoryRates(clock);
  return {
    abilities: { atomic: true, lasting: true, shared: true, maxValueBytes: 0 },
    async take(key, cost, limit, windowMs): Promise<RateVerdict> {
      const told = await breaker.ask(() => take(key, cost, limit, windowMs));
      return told?.answer ?? local.take(key, cost, limit, windowMs);
    },
    close: () => local.close(),
  };
}
