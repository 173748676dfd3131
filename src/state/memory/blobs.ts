import { LRUCache } from 'lru-cache';
import type { Clock } from '../../core/ports.ts';
import type { BlobStore } from '../../core/store.ts';

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
