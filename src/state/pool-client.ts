import type { Clock } from '../ports.ts';
import { inTime as settleInTime } from '../stream/in-time.ts';
import type { LeaseBackend } from './leases-shared.ts';
import type { Outage } from './outage.ts';
import { largestRecord, recordText } from './record-text.ts';
import type { RateVerdict, RecordStore } from './store.ts';

/** A pool in another place, as its methods are called from here. */
export interface RemotePool extends Omit<LeaseBackend, 'watch' | 'nudge'> {
  changed(known: number): Promise<number>;
  takeRate(key: string, cost: number, limit: number, windowMs: number): Promise<RateVerdict>;
  /** JSON; undefined when there is none. */
  getRecord(collection: string, id: string): Promise<string | undefined>;
  putRecord(collection: string, id: string, text: string): Promise<void>;
  deleteRecord(collection: string, id: string): Promise<boolean>;
  listRecords(collection: string): Promise<readonly (readonly [id: string, text: string])[]>;
}

const callMs = 900;
/** Beyond what the pool waits for a change. */
const followMs = 3000;
/** After a failure, before a watcher asks again. */
const retryMs = 1000;

/**
 * `pool` gives the pool for one call, as on Workers a handle belongs to the request that made it. `background` lets a watching
 * go on for a while after its request, as others may have come to rely on it.
 */
export function createPoolLeaseBackend(
  pool: () => RemotePool,
  clock: Clock,
  outage: Outage,
  background: (work: Promise<unknown>) => void,
): LeaseBackend {
  const asked = <T>(work: Promise<T>): Promise<T> => inTime(clock, work);
  return {
    take: (places, leaseId, leaseMs) => asked(pool().take(places, leaseId, leaseMs)),
    renew: ({ placeId, leaseId }, leaseMs) => asked(pool().renew({ placeId, leaseId }, leaseMs)),
    release: ({ placeId, leaseId }) => asked(pool().release({ placeId, leaseId })),
    report: (...told) => asked(pool().report(...told)),
    look: (placeIds) => asked(pool().look(placeIds)),
    watch(wake) {
      let watching = true;
      const follow = async (): Promise<void> => {
        for (let known = -1; watching; ) {
          const told = await outage.ask(() => inTime(clock, pool().changed(known), followMs));
          if (!told) await new Promise<void>((resolve) => clock.alarm(retryMs, resolve));
          else known = told.answer;
          if (watching) wake();
        }
      };
      background(follow());
      return () => {
        watching = false;
      };
    },
    nudge() {}, // each watcher looks again by itself
  };
}

/** Documents in a pool. */
export function createPoolRecords(pool: () => RemotePool, clock: Clock): RecordStore {
  const asked = <T>(work: Promise<T>): Promise<T> => inTime(clock, work);
  return {
    abilities: { atomic: true, lasting: true, shared: true, maxValueBytes: largestRecord },
    async get(collection, id) {
      const text = await asked(pool().getRecord(collection, id));
      return text === undefined ? undefined : JSON.parse(text);
    },
    put: async (collection, id, value) => asked(pool().putRecord(collection, id, recordText(value))),
    delete: (collection, id) => asked(pool().deleteRecord(collection, id)),
    async list(collection) {
      const records = await asked(pool().listRecords(collection));
      return records.map(([id, text]) => ({ id, value: JSON.parse(text) as unknown }));
    },
    async close() {},
  };
}

/** Settles like `work`, or fails after `ms`. */
export function inTime<T>(clock: Clock, work: Promise<T>, ms: number = callMs): Promise<T> {
  return settleInTime(work, ms, clock, () => {
    throw new Error(`no answer in ${ms} ms`);
  });
}
