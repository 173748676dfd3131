import type { Clock } from '../../core/ports.ts';
import type { RateVerdict, RecordStore } from '../../core/store.ts';
import { withTimeout as settleInTime } from '../../stream/deadline.ts';
import type { CircuitBreaker } from '../circuit-breaker.ts';
import { MAX_RECORD_BYTES, recordText } from '../record-text.ts';
import type { LeaseBackend } from '../shared.ts';

/** A pool in another place, as its methods are called from here. */
export interface RemotePool extends Omit<LeaseBackend, 'watch' | 'nudge'> {
  changed(known: number): Promise<number>;
  takeRate(key: string, cost: number, limit: number, windowMs: number): Promise<RateVerdict>;
  /** JSON; undefined when there is none. */
  getRecord(collection: string, id: string): Promise<string | undefined>;
  putRecord(collection: string, id: string, text: string): Promise<void>;
  deleteRecord(collection: string, id: string): Promise<boolean>;
  countRecords(collection: string): Promise<number>;
  listRecords(collection: string): Promise<readonly (readonly [id: string, text: string])[]>;
}

const CALL_MS = 900;
/** Beyond what the pool waits for a change. */
const FOLLOW_MS = 3000;
/** After a failure, before a watcher asks again. */
const RETRY_MS = 1000;

/**
 * `pool` gives the pool for one call, as on Workers a handle belongs to the request that made it. `background` lets a watching
 * go on for a while after its request, as others may have come to rely on it.
 */
export function createPoolLeaseBackend(
  pool: () => RemotePool,
  clock: Clock,
  breaker: CircuitBreaker,
  background: (work: Promise<unknown>) => void,
): LeaseBackend {
  const asked = <T>(work: Promise<T>): Promise<T> => withTimeout(clock, work);
  return {
    take: (resources, leaseId, leaseMs) => asked(pool().take(resources, leaseId, leaseMs)),
    renew: ({ placeId, leaseId }, leaseMs) => asked(pool().renew({ placeId, leaseId }, leaseMs)),
    release: ({ placeId, leaseId }) => asked(pool().release({ placeId, leaseId })),
    report: (...told) => asked(pool().report(...told)),
    look: (placeIds) => asked(pool().look(placeIds)),
    watch(wake) {
      let watching = true;
      const follow = async (): Promise<void> => {
        for (let known = -1; watching; ) {
          const told = await breaker.ask(() => withTimeout(clock, pool().changed(known), FOLLOW_MS));
          if (!told) await new Promise<void>((resolve) => clock.alarm(RETRY_MS, resolve));
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
  const asked = <T>(work: Promise<T>): Promise<T> => withTimeout(clock, work);
  return {
    abilities: { atomic: true, lasting: true, shared: true, maxValueBytes: MAX_RECORD_BYTES },
    async get(collection, id) {
      const text = await asked(pool().getRecord(collection, id));
      return text === undefined ? undefined : JSON.parse(text);
    },
    put: async (collection, id, value) => asked(pool().putRecord(collection, id, recordText(value))),
    delete: (collection, id) => asked(pool().deleteRecord(collection, id)),
    count: (collection) => asked(pool().countRecords(collection)),
    async list(collection) {
      const records = await asked(pool().listRecords(collection));
      return records.map(([id, text]) => ({ id, value: JSON.parse(text) as unknown }));
    },
    async close() {},
  };
}

/** Settles like `work`, or fails after `ms`. */
export function withTimeout<T>(clock: Clock, work: Promise<T>, ms: number = CALL_MS): Promise<T> {
  return settleInTime(work, ms, clock, () => {
    throw new Error(`no answer in ${ms} ms`);
  });
}
