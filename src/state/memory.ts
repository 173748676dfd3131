import { LRUCache } from 'lru-cache';
import type { Clock } from '../core/ports.ts';
import type { BlobStore, FileStore, LeaseStore, RateStore, RecordStore, StateStores } from '../core/store.ts';
import { createFileStore, createMemoryStorage } from './files.ts';
import { joinStores } from './join.ts';
import { createLeaseTable } from './lease-table.ts';
import { createNotifier } from './notifier.ts';
import { type Buckets, takeFromWindow } from './rate-window.ts';
import { MAX_RECORD_BYTES, recordText } from './record-text.ts';

/** All state in this process, gone with it; `files` may be elsewhere. */
export function createMemoryState(
  options: BlobBounds,
  clock: Clock,
  files: FileStore = createMemoryFiles(),
): StateStores {
  return joinStores({
    blobs: createMemoryBlobs(options, clock),
    rates: createMemoryRates(clock),
    records: createMemoryRecords(),
    files,
    leases: createMemoryLeases(clock),
  });
}

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

/** Documents in this process. */
export function createMemoryRecords(): RecordStore {
  const collections = new Map<string, Map<string, string>>();
  return {
    abilities: { atomic: true, lasting: false, shared: false, maxValueBytes: MAX_RECORD_BYTES },
    async get(collection, id) {
      const text = collections.get(collection)?.get(id);
      return text === undefined ? undefined : JSON.parse(text);
    },
    async put(collection, id, value) {
      const records = collections.get(collection) ?? new Map<string, string>();
      collections.set(collection, records.set(id, recordText(value)));
    },
    async delete(collection, id) {
      const records = collections.get(collection);
      const there = records?.delete(id) ?? false;
      if (records?.size === 0) collections.delete(collection);
      return there;
    },
    count: async (collection) => collections.get(collection)?.size ?? 0,
    async list(collection) {
      const records = collections.get(collection) ?? [];
      return [...records].map(([id, text]) => ({ id, value: JSON.parse(text) as unknown }));
    },
    async close() {
      collections.clear();
    },
  };
}

/** Total of the files in this process: some hundred recordings of a voice. */
const MAX_FILES_BYTES = 64 * 1024 * 1024;

/** Files in this process. */
export function createMemoryFiles(maxBytes: number = MAX_FILES_BYTES): FileStore {
  const bound = Math.min(maxBytes, MAX_FILES_BYTES);
  return createFileStore(createMemoryStorage(), bound, { lasting: false, shared: false });
}

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

export interface BlobBounds {
  /** Largest total. */
  readonly maxBytes: number;
  /** Largest single value; `MAX_BLOB_BYTES` when absent. */
  readonly maxValueBytes?: number;
}

/** Three minutes of mono speech at 44.1 kHz. */
export const MAX_BLOB_BYTES: number = 16 * 1024 * 1024;

interface Kept {
  readonly bytes: Uint8Array;
  readonly putAt: number;
  readonly tags: readonly string[];
}

/** Blobs in this process. Those who get one share its bytes and must not change them. */
export function createMemoryBlobs(bounds: BlobBounds, clock: Clock): BlobStore {
  const maxValueBytes = Math.min(bounds.maxValueBytes ?? MAX_BLOB_BYTES, bounds.maxBytes);
  const keysByTag = new Map<string, Set<string>>();
  const untag = (kept: Kept, key: string): void => {
    for (const tag of kept.tags) {
      const keys = keysByTag.get(tag);
      keys?.delete(key);
      if (keys?.size === 0) keysByTag.delete(tag);
    }
  };
  const kept = new LRUCache<string, Kept>({
    maxSize: bounds.maxBytes,
    sizeCalculation: ({ bytes }, key) => bytes.byteLength + 2 * key.length + ENTRY_BYTES,
    dispose: untag,
    perf: { now: () => clock.now() + 1 }, // a start at 0 would mean "no start" to the cache
    ttlResolution: 0, // any other value leaves timers running
  });
  return {
    abilities: { atomic: true, lasting: false, shared: false, maxValueBytes },
    async get(key) {
      const found = kept.get(key);
      return found && { bytes: found.bytes, ageMs: clock.now() - found.putAt };
    },
    async put(key, bytes, { maxAgeMs, tags = [] }) {
      kept.delete(key);
      if (bytes.byteLength > maxValueBytes || maxAgeMs <= 0) return;
      // A view would hold on to the whole buffer behind it.
      const own = bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice();
      kept.set(key, { bytes: own, putAt: clock.now(), tags }, { ttl: Math.ceil(maxAgeMs) });
      if (!kept.has(key)) return;
      for (const tag of tags) {
        const keys = keysByTag.get(tag) ?? new Set();
        keysByTag.set(tag, keys.add(key));
      }
    },
    async delete(key) {
      kept.delete(key);
    },
    async purge(tag) {
      for (const key of [...(keysByTag.get(tag) ?? [])]) kept.delete(key);
    },
    async close() {
      kept.clear();
    },
  };
}

/** About what an entry costs beside its bytes, so that a million empty ones are bounded too. */
const ENTRY_BYTES = 256;
