import type { Clock } from '../../core/ports.ts';
import type { BlobStore } from '../../core/store.ts';
import { type BlobBounds, MAX_BLOB_BYTES } from '../memory.ts';
import { createWriteBehind } from '../write-behind.ts';
import { type BlobToKeep, createBlobRows, type HalfWritten, PART_BYTES } from './blob-rows.ts';
import type { SqlDatabase } from './sql.ts';

/** Bytes that wait to be written; a blob that finds no room is not kept. */
const MAX_WAITING_BYTES = 2 * MAX_BLOB_BYTES;
/** Bytes of one step. */
const STEP_BYTES = PART_BYTES;
/** Rows that one step drops or notes as used. */
const STEP_ROWS = 32;
/** Uses that wait to be noted: beyond, the order of eviction is a little older. */
const MAX_USES = 10_000;
/** Parts that are read before others get their turn. */
const PARTS_IN_A_ROW = 4;

/** Blobs on a disk, written behind. `clock.now` is the time of day, as blobs outlive the process. */
export function createSqlBlobs(
  db: SqlDatabase,
  bounds: BlobBounds,
  clock: Clock,
  failed: (error: unknown) => void,
): BlobStore {
  // At most half, so that eviction never meets what is being written.
  const maxValueBytes = Math.min(bounds.maxValueBytes ?? MAX_BLOB_BYTES, bounds.maxBytes / 2);
  const rows = createBlobRows(db);
  const waiting = new Map<string, BlobToKeep>();
  const used = new Map<string, number>();
  let waitingBytes = 0;
  let half: { readonly blob: BlobToKeep; readonly at: HalfWritten } | undefined;
  const writer = createWriteBehind(clock, step, failed);
  writer.soon(); // what ended, or no longer fits, since the last run

  function step(): boolean {
    const whole: [string, BlobToKeep][] = [];
    const uses = [...used].slice(0, STEP_ROWS);
    let nextHalf: typeof half;
    const dropped = db.transaction(() => {
      let budget = STEP_BYTES;
      for (const [key, blob] of waiting) {
        if (budget <= 0 || whole.length >= STEP_ROWS) break;
        const at = rows.write(key, blob, half?.blob === blob ? half.at : undefined, budget);
        nextHalf = at && { blob, at };
        if (at) break;
        budget -= blob.bytes.byteLength;
        whole.push([key, blob]);
      }
      for (const [key, at] of uses) rows.use(key, at);
      return rows.drop(clock.now(), bounds.maxBytes, STEP_ROWS);
    });
    half = nextHalf;
    for (const [key, blob] of whole) if (waiting.get(key) === blob) forget(key);
    for (const [key, at] of uses) if (used.get(key) === at) used.delete(key);
    return waiting.size > 0 || used.size > 0 || dropped > 0;
  }

  function forget(key: string): void {
    waitingBytes -= waiting.get(key)?.bytes.byteLength ?? 0;
    waiting.delete(key);
  }

  function end(by: 'key' | 'tag', name: string): void {
    try {
      rows.end(by, name);
    } catch (error) {
      failed(error);
    }
    writer.soon();
  }

  const othersFirst = (): Promise<void> => new Promise((resolve) => clock.alarm(0, resolve));

  async function read(key: string): Promise<{ bytes: Uint8Array; putAt: number } | undefined> {
    const waits = waiting.get(key);
    if (waits) {
      waits.usedAt = clock.now();
      return waits.endsAt > clock.now() ? waits : undefined;
    }
    const found = rows.find(key, clock.now());
    if (!found) return undefined;
    const bytes = new Uint8Array(found.bytes);
    for (let part = 0; part * PART_BYTES < bytes.byteLength; part++) {
      if (part > 0 && part % PARTS_IN_A_ROW === 0) await othersFirst();
      const next = rows.part(found.id, part);
      if (!next) return undefined; // dropped meanwhile
      bytes.set(next, part * PART_BYTES);
    }
    if (used.size < MAX_USES) used.set(key, clock.now());
    writer.soon();
    return { bytes, putAt: found.putAt };
  }

  return {
    abilities: { atomic: true, lasting: true, shared: false, maxValueBytes },
    async get(key) {
      try {
        const found = await read(key);
        return found && { bytes: found.bytes, ageMs: Math.max(0, clock.now() - found.putAt) };
      } catch {
        return undefined; // a damaged page, or a file that another process holds: made again
      }
    },
    async put(key, bytes, { maxAgeMs, tags = [] }) {
      forget(key);
      const fits = bytes.byteLength <= maxValueBytes && waitingBytes + bytes.byteLength <= MAX_WAITING_BYTES;
      if (!fits || maxAgeMs <= 0) return end('key', key);
      const own = bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice();
      const putAt = clock.now();
      waiting.set(key, { bytes: own, tags, putAt, endsAt: Math.ceil(putAt + maxAgeMs), usedAt: putAt });
      waitingBytes += bytes.byteLength;
      writer.soon();
    },
    async delete(key) {
      forget(key);
      end('key', key);
    },
    async purge(tag) {
      for (const [key, { tags }] of [...waiting]) if (tags.includes(tag)) forget(key);
      end('tag', tag);
    },
    async close() {
      writer.flush();
      writer.close();
    },
  };
}
