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
  return new SqlBlobs(db, bounds, clock, failed);
}

class SqlBlobs implements BlobStore {
  readonly abilities: BlobStore['abilities'];
  readonly #db: SqlDatabase;
  readonly #maxBytes: number;
  readonly #clock: Clock;
  readonly #failed: (error: unknown) => void;
  readonly #rows: ReturnType<typeof createBlobRows>;
  readonly #writer: ReturnType<typeof createWriteBehind>;
  readonly #waiting = new Map<string, BlobToKeep>();
  readonly #used = new Map<string, number>();
  #waitingBytes = 0;
  #half: { readonly blob: BlobToKeep; readonly at: HalfWritten } | undefined;

  constructor(db: SqlDatabase, bounds: BlobBounds, clock: Clock, failed: (error: unknown) => void) {
    // At most half, so that eviction never meets what is being written.
    const maxValueBytes = Math.min(bounds.maxValueBytes ?? MAX_BLOB_BYTES, bounds.maxBytes / 2);
    this.abilities = { atomic: true, lasting: true, shared: false, maxValueBytes };
    this.#db = db;
    this.#maxBytes = bounds.maxBytes;
    this.#clock = clock;
    this.#failed = failed;
    this.#rows = createBlobRows(db);
    this.#writer = createWriteBehind(clock, () => this.#step(), failed);
    this.#writer.soon(); // what ended, or no longer fits, since the last run
  }

  async get(key: string): ReturnType<BlobStore['get']> {
    try {
      const found = await this.#read(key);
      return found && { bytes: found.bytes, ageMs: Math.max(0, this.#clock.now() - found.putAt) };
    } catch {
      return undefined; // a damaged page, or a file that another process holds: made again
    }
  }

  async put(
    key: string,
    bytes: Uint8Array,
    { maxAgeMs, tags = [] }: Parameters<BlobStore['put']>[2],
  ): Promise<void> {
    this.#forget(key);
    const fitsIn = this.#waitingBytes + bytes.byteLength <= MAX_WAITING_BYTES;
    if (!fitsIn || bytes.byteLength > this.abilities.maxValueBytes || maxAgeMs <= 0)
      return this.#end('key', key);
    const own = bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice();
    const putAt = this.#clock.now();
    this.#waiting.set(key, { bytes: own, tags, putAt, endsAt: Math.ceil(putAt + maxAgeMs), usedAt: putAt });
    this.#waitingBytes += bytes.byteLength;
    this.#writer.soon();
  }

  async delete(key: string): Promise<void> {
    this.#forget(key);
    this.#end('key', key);
  }

  async purge(tag: string): Promise<void> {
    for (const [key, { tags }] of [...this.#waiting]) if (tags.includes(tag)) this.#forget(key);
    this.#end('tag', tag);
  }

  async close(): Promise<void> {
    this.#writer.flush();
    this.#writer.close();
  }

  /** Writes a little of what waits. Whether there is more to do. */
  #step(): boolean {
    const whole: [string, BlobToKeep][] = [];
    const uses = [...this.#used].slice(0, STEP_ROWS);
    let nextHalf: { readonly blob: BlobToKeep; readonly at: HalfWritten } | undefined;
    const dropped = this.#db.transaction(() => {
      let budget = STEP_BYTES;
      for (const [key, blob] of this.#waiting) {
        if (budget <= 0 || whole.length >= STEP_ROWS) break;
        const begun = this.#half?.blob === blob ? this.#half.at : undefined;
        const at = this.#rows.write(key, blob, begun, budget);
        nextHalf = at && { blob, at };
        if (at) break;
        budget -= blob.bytes.byteLength;
        whole.push([key, blob]);
      }
      for (const [key, at] of uses) this.#rows.use(key, at);
      return this.#rows.drop(this.#clock.now(), this.#maxBytes, STEP_ROWS);
    });
    this.#half = nextHalf;
    for (const [key, blob] of whole) if (this.#waiting.get(key) === blob) this.#forget(key);
    for (const [key, at] of uses) if (this.#used.get(key) === at) this.#used.delete(key);
    return this.#waiting.size > 0 || this.#used.size > 0 || dropped > 0;
  }

  #forget(key: string): void {
    this.#waitingBytes -= this.#waiting.get(key)?.bytes.byteLength ?? 0;
    this.#waiting.delete(key);
  }

  #end(by: 'key' | 'tag', name: string): void {
    try {
      this.#rows.end(by, name);
    } catch (error) {
      this.#failed(error);
    }
    this.#writer.soon();
  }

  async #read(key: string): Promise<{ bytes: Uint8Array; putAt: number } | undefined> {
    const now = this.#clock.now();
    const waits = this.#waiting.get(key);
    if (waits) {
      waits.usedAt = now;
      return waits.endsAt > now ? waits : undefined;
    }
    const found = this.#rows.find(key, now);
    if (!found) return undefined;
    const bytes = new Uint8Array(found.bytes);
    for (let part = 0; part * PART_BYTES < bytes.byteLength; part++) {
      if (part > 0 && part % PARTS_IN_A_ROW === 0) await this.#othersFirst();
      const next = this.#rows.part(found.id, part);
      if (!next) return undefined; // dropped meanwhile
      bytes.set(next, part * PART_BYTES);
    }
    if (this.#used.size < MAX_USES) this.#used.set(key, this.#clock.now());
    this.#writer.soon();
    return { bytes, putAt: found.putAt };
  }

  #othersFirst(): Promise<void> {
    return new Promise((resolve) => void this.#clock.alarm(0, resolve));
  }
}
