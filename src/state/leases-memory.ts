import type { Clock } from '../ports.ts';
import { createLeaseTable } from './lease-table.ts';
import type { LeaseStore } from './store.ts';
import { createWakers } from './wakers.ts';

/** Slots that one process counts. Its leases need no renewal: they end with the process. */
export function createMemoryLeases(clock: Clock): LeaseStore {
  const table = createLeaseTable(() => clock.now());
  const wakers = createWakers(clock);
  let made = 0;
  return {
    abilities: { atomic: true, lasting: false, shared: false, maxValueBytes: 0 },
    async take(places) {
      const leaseId = String(made++);
      const { placeId, waitMs } = table.take(places, leaseId, Number.POSITIVE_INFINITY);
      if (placeId === undefined) {
        if (waitMs !== undefined) wakers.wakeIn(waitMs);
        return undefined;
      }
      let held = true;
      return {
        placeId,
        async release() {
          if (!held) return;
          held = false;
          table.release({ placeId, leaseId });
          wakers.wake();
        },
      };
    },
    watch: (wake) => wakers.add(wake),
    async report(...asked) {
      if (table.report(...asked)) wakers.wake();
    },
    look: async (placeIds) => new Map(placeIds.map((id) => [id, table.look(id)])),
    close: async () => wakers.close(),
  };
}
