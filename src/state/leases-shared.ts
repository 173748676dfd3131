import type { Clock } from '../ports.ts';
import {
  type BreakerRule,
  createLeaseTable,
  type LeaseKey,
  type PlaceLook,
  type TakeAnswer,
} from './lease-table.ts';
import type { Outage } from './outage.ts';
import type { Lease, LeaseStore, Place } from './store.ts';

/** A lease table that several servers ask. Each call may throw, after its own deadline. */
export interface LeaseBackend {
  take(places: readonly Place[], leaseId: string, leaseMs: number): Promise<TakeAnswer>;
  renew(lease: LeaseKey, leaseMs: number): Promise<void>;
  release(lease: LeaseKey): Promise<void>;
  report(
    placeId: string,
    outcome: 'worked' | 'failed',
    rule: BreakerRule,
    traits?: readonly string[],
  ): Promise<void>;
  look(placeIds: readonly string[]): Promise<ReadonlyMap<string, PlaceLook>>;
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
const renewalsPerLease = 3;
/** Who waits looks again after so long, even when nobody tells. */
const lookAgainMs = 1000;

/**
 * Leases that servers share. While the store is away, this server counts what it holds itself; what it took meanwhile is
 * told with the next renewal, so that the count is right again once the store is back.
 */
export function createSharedLeases(backend: LeaseBackend, clock: Clock, outage: Outage): LeaseStore {
  const local = createLeaseTable(() => clock.now());
  const held = new Map<string, Held>();

  const hold = (placeId: string, leaseId: string, leaseMs: number): Lease => {
    const lease: Held = { placeId, leaseId, leaseMs, renewedAt: clock.now(), stop: () => {} };
    const renewIn = (ms: number): void => {
      lease.stop = clock.alarm(ms, () => {
        if (held.get(leaseId) !== lease) return; // released by a request that could not stop this one's alarm
        lease.renewedAt = clock.now();
        local.renew(lease, leaseMs);
        renewIn(ms);
        void outage.ask(() => backend.renew(lease, leaseMs));
      });
    };
    local.renew(lease, leaseMs);
    held.set(leaseId, lease);
    renewIn(leaseMs / renewalsPerLease);
    return {
      placeId,
      async release() {
        if (!held.delete(leaseId)) return;
        lease.stop();
        local.release(lease);
        if (!(await outage.ask(() => backend.release(lease)))) backend.nudge(0);
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
    async take(places, leaseMs) {
      forgetStopped();
      const leaseId = crypto.randomUUID();
      const told = await outage.ask(() => backend.take(places, leaseId, leaseMs));
      const { placeId, waitMs } = told?.answer ?? local.take(places, leaseId, leaseMs);
      if (placeId !== undefined) return hold(placeId, leaseId, leaseMs);
      backend.nudge(Math.min(waitMs ?? lookAgainMs, lookAgainMs));
      return undefined;
    },
    watch: (wake) => backend.watch(wake),
    async report(...asked) {
      local.report(...asked);
      await outage.ask(() => backend.report(...asked));
    },
    async look(placeIds) {
      const told = await outage.ask(() => backend.look(placeIds));
      return told?.answer ?? new Map(placeIds.map((id) => [id, local.look(id)]));
    },
    async close() {
      for (const lease of held.values()) lease.stop();
      await Promise.all([...held.values()].map((lease) => outage.ask(() => backend.release(lease))));
      held.clear();
    },
  };
}
