import { LRUCache } from 'lru-cache';
import type { Clock } from '../../core/ports.ts';
import type { RateStore } from '../../core/store.ts';
import { type Buckets, takeFromWindow } from '../rate-window.ts';

/** Clients that are counted at once; who was idle longest is forgotten first. At most 25 MB when all are busy all the time. */
export const MAX_RATE_KEYS = 50_000;

/** Sliding windows in this process. */
export function createMemoryRates(clock: Pick<Clock, 'now'>, maxKeys: number = MAX_RATE_KEYS): RateStore {
  const windows = new LRUCache<string, Buckets>({ max: maxKeys });
  return {
    abilities: { atomic: true, lasting: false, shared: false, maxValueBytes: 0 },
    async take(key, cost, limit, windowMs) {
      const { used, verdict } = takeFromWindow(windows.get(key) ?? [], clock.now(), cost, limit, windowMs);
      windows.set(key, used);
      return verdict;
    },
    async close() {
      windows.clear();
    },
  };
}
