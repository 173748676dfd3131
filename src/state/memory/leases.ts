import type { Clock } from '../../core/ports.ts';
import type { LeaseStore } from '../../core/store.ts';
import { createLeaseTable } from '../lease-table.ts';
import { createNotifier } from '../notifier.ts';

/** Slots that one process counts. Its leases need no renewal: they end with the process. */
export function createMemoryLeases(clock: Clock): LeaseStore {
  const table = createLeaseTable(() => clock.now());
  const notifier = createNotifier(clock);
  let made = 0;
  return {
    abilities: { atomic: true, lasting: false, shared: false, maxValueBytes: 0 },
    async take(resources) {
      const leaseId = String(made++);
      const { placeId, waitMs } = table.take(resources, leaseId, Number.POSITIVE_INFINITY);
      if (placeId === undefined) {
        if (waitMs !== undefined) notifier.wakeIn(waitMs);
        return undefined;
      }
      let held = true;
      return {
        placeId,
        async release() {
          if (!held) return;
          held = false;
          table.release({ placeId, leaseId });
          notifier.wake();
        },
      };
    },
    watch: (wake) => notifier.add(wake),
    async report(...asked) {
      if (table.report(...asked)) notifier.wake();
    },
    status: async (placeIds) => new Map(placeIds.map((id) => [id, table.status(id)])),
    close: async () => notifier.close(),
  };
}
