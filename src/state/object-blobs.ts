import type { Abilities, BlobStore } from '../core/store.ts';
import { type BlobBounds, MAX_BLOB_BYTES } from './memory.ts';

/** Named bytes with a few words about them, somewhere that cannot find or drop things by tag. Each call may throw. */
export interface ObjectStorage {
  read(name: string): Promise<{ readonly bytes: Uint8Array; readonly about: string } | undefined>;
  write(name: string, bytes: Uint8Array, about: string, maxAgeMs: number): Promise<void>;
  remove(name: string): Promise<void>;
}

interface About {
  readonly putAt: number;
  readonly endsAt: number;
  readonly tags: readonly string[];
}

/** A tombstone must outlive all that was put before it. */
const TOMBSTONE_AGE_MS = 365 * 24 * 3_600_000;

/**
 * Blobs in an object storage without tags: `purge` leaves a tombstone with the time, and what was put before the tombstone of one of its tags is
 * a miss. Costs one more read for each tag of a hit. How much a storage holds is its own matter.
 */
export function createObjectBlobs(
  storage: ObjectStorage,
  bounds: BlobBounds,
  abilities: Pick<Abilities, 'lasting' | 'shared'>,
  now: () => number,
): BlobStore {
  const maxValueBytes = Math.min(bounds.maxValueBytes ?? MAX_BLOB_BYTES, bounds.maxBytes);
  const blobName = (key: string): string => `blob/${encodeURIComponent(key)}`;
  const tombstoneName = (tag: string): string => `mark/${encodeURIComponent(tag)}`;
  const isPurged = async ({ tags, putAt }: About): Promise<boolean> => {
    const tombstones = await Promise.all(tags.map((tag) => storage.read(tombstoneName(tag))));
    return tombstones.some((tombstone) => tombstone !== undefined && Number(tombstone.about) >= putAt);
  };
  const remove = (key: string): Promise<void> => storage.remove(blobName(key)).catch(() => {});

  return {
    abilities: { atomic: true, maxValueBytes, ...abilities },
    async get(key) {
      try {
        const found = await storage.read(blobName(key));
        if (!found) return undefined;
        const about = JSON.parse(found.about) as About;
        if (about.endsAt <= now() || (await isPurged(about))) {
          await remove(key);
          return undefined;
        }
        return { bytes: found.bytes, ageMs: Math.max(0, now() - about.putAt) };
      } catch {
        return undefined;
      }
    },
    async put(key, bytes, { maxAgeMs, tags = [] }) {
      if (bytes.byteLength > maxValueBytes || maxAgeMs <= 0) return remove(key);
      const about: About = { putAt: now(), endsAt: now() + maxAgeMs, tags };
      await storage.write(blobName(key), bytes, JSON.stringify(about), maxAgeMs).catch(() => {});
    },
    delete: (key) => remove(key),
    async purge(tag) {
      await storage
        .write(tombstoneName(tag), new Uint8Array(1), String(now()), TOMBSTONE_AGE_MS)
        .catch(() => {});
    },
    async close() {},
  };
}
