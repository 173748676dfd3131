import { type BlobBounds, largestBlob } from './blobs-memory.ts';
import type { Abilities, BlobStore } from './store.ts';

/** Named bytes with a few words about them, somewhere that cannot find or drop things by tag. Each call may throw. */
export interface Shelf {
  read(name: string): Promise<{ readonly bytes: Uint8Array; readonly about: string } | undefined>;
  write(name: string, bytes: Uint8Array, about: string, maxAgeMs: number): Promise<void>;
  remove(name: string): Promise<void>;
}

interface About {
  readonly putAt: number;
  readonly endsAt: number;
  readonly tags: readonly string[];
}

/** A mark must outlive all that was put before it. */
const markAgeMs = 365 * 24 * 3_600_000;

/**
 * Blobs on a shelf without tags: `purge` leaves a mark with the time, and what was put before the mark of one of its tags is
 * a miss. Costs one more read for each tag of a hit. How much a shelf holds is the shelf's own matter.
 */
export function createMarkedBlobs(
  shelf: Shelf,
  bounds: BlobBounds,
  abilities: Pick<Abilities, 'lasting' | 'shared'>,
  now: () => number,
): BlobStore {
  const maxValueBytes = Math.min(bounds.maxValueBytes ?? largestBlob, bounds.maxBytes);
  const blobName = (key: string): string => `blob/${encodeURIComponent(key)}`;
  const markName = (tag: string): string => `mark/${encodeURIComponent(tag)}`;
  const isPurged = async ({ tags, putAt }: About): Promise<boolean> => {
    const marks = await Promise.all(tags.map((tag) => shelf.read(markName(tag))));
    return marks.some((mark) => mark !== undefined && Number(mark.about) >= putAt);
  };
  const remove = (key: string): Promise<void> => shelf.remove(blobName(key)).catch(() => {});

  return {
    abilities: { atomic: true, maxValueBytes, ...abilities },
    async get(key) {
      try {
        const found = await shelf.read(blobName(key));
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
      await shelf.write(blobName(key), bytes, JSON.stringify(about), maxAgeMs).catch(() => {});
    },
    delete: (key) => remove(key),
    async purge(tag) {
      await shelf.write(markName(tag), new Uint8Array(1), String(now()), markAgeMs).catch(() => {});
    },
    async close() {},
  };
}
