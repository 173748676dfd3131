import type { SqlDatabase } from './sql.ts';

/** What is written under a key. */
export interface BlobToKeep {
  readonly bytes: Uint8Array;
  readonly tags: readonly string[];
  /** Times of day in milliseconds. */
  readonly putAt: number;
  readonly endsAt: number;
  /** Moves on while it waits to be written. */
  usedAt: number;
}

/** A blob of which only the first parts are written. */
export interface HalfWritten {
  readonly id: number;
  readonly written: number;
}

interface FoundBlob {
  readonly id: number;
  readonly putAt: number;
  readonly bytes: number;
}

/** Bytes of one row: what is written or read in about a millisecond. */
export const PART_BYTES: number = 256 * 1024;
/** About what a blob costs beside its bytes. */
const ROW_BYTES = 256;
/** What a process that died left half written is dropped after. */
const HALF_WRITTEN_MS = 600_000;
const halfWrittenPrefix = '\u0000half ';

/** Rows of blobs in a database: each call is small. */
export interface BlobRows {
  /** Writes at most `budget` bytes more (one part at least); undefined when it is whole, and takes the place of the old. */
  write(
    key: string,
    blob: BlobToKeep,
    half: HalfWritten | undefined,
    budget: number,
  ): HalfWritten | undefined;
  find(key: string, now: number): FoundBlob | undefined;
  part(id: number, part: number): Uint8Array | undefined;
  use(key: string, at: number): void;
  /** Removes at most `limit` that ended, then at most `limit` least used ones above `maxBytes`; how many. */
  drop(now: number, maxBytes: number, limit: number): number;
  /** Ends what is under the key, or what has the tag; `drop` removes it later. */
  end(by: 'key' | 'tag', name: string): void;
}

export function createBlobRows(db: SqlDatabase): BlobRows {
  const begin = (key: string, { bytes, putAt }: BlobToKeep): number => {
    db.all('DELETE FROM blobs WHERE key = ?', halfWrittenPrefix + key);
    const [row] = db.all(
      'INSERT INTO blobs (key, size, put_at, ends_at, used_at) VALUES (?, ?, ?, ?, ?) RETURNING id',
      halfWrittenPrefix + key,
      bytes.byteLength + ROW_BYTES,
      putAt,
      putAt + HALF_WRITTEN_MS,
      putAt,
    );
    return Number(row?.id);
  };
  const finish = (key: string, id: number, { tags, endsAt, usedAt }: BlobToKeep): void => {
    db.all('DELETE FROM blobs WHERE key = ?', key);
    db.all('UPDATE blobs SET key = ?, ends_at = ?, used_at = ? WHERE id = ?', key, endsAt, usedAt, id);
    for (const tag of tags) db.all('INSERT OR IGNORE INTO blob_tags VALUES (?, ?)', tag, id);
  };
  const dropLeastUsed = (maxBytes: number, limit: number): number => {
    let tooMuch = Number(db.all('SELECT bytes FROM blob_total')[0]?.bytes) - maxBytes;
    if (tooMuch <= 0) return 0;
    let dropped = 0;
    for (const { id, size } of db.all('SELECT id, size FROM blobs ORDER BY used_at LIMIT ?', limit)) {
      if (tooMuch <= 0) break;
      db.all('DELETE FROM blobs WHERE id = ?', Number(id));
      tooMuch -= Number(size);
      dropped++;
    }
    return dropped;
  };

  return {
    write(key, blob, half, budget) {
      const id = half?.id ?? begin(key, blob);
      let written = half?.written ?? 0;
      const until = Math.min(blob.bytes.byteLength, written + Math.max(budget, PART_BYTES));
      while (written < until) {
        const part = blob.bytes.subarray(written, written + PART_BYTES);
        db.all('INSERT INTO blob_bytes VALUES (?, ?, ?)', id, written / PART_BYTES, part);
        written += part.byteLength;
      }
      if (written < blob.bytes.byteLength) return { id, written };
      finish(key, id, blob);
      return undefined;
    },
    find(key, now) {
      const sql = 'SELECT id, put_at, size FROM blobs WHERE key = ? AND ends_at > ?';
      const [row] = db.all(sql, key, now);
      return row && { id: Number(row.id), putAt: Number(row.put_at), bytes: Number(row.size) - ROW_BYTES };
    },
    part: (id, part) =>
      db.all('SELECT bytes FROM blob_bytes WHERE id = ? AND part = ?', id, part)[0]?.bytes as
        | Uint8Array
        | undefined,
    use: (key, at) => void db.all('UPDATE blobs SET used_at = ? WHERE key = ?', at, key),
    drop(now, maxBytes, limit) {
      const sql =
        'DELETE FROM blobs WHERE id IN (SELECT id FROM blobs WHERE ends_at <= ? LIMIT ?) RETURNING id';
      return db.all(sql, now, limit).length + dropLeastUsed(maxBytes, limit);
    },
    end(by, name) {
      const where = by === 'key' ? 'key = ?' : 'id IN (SELECT id FROM blob_tags WHERE tag = ?)';
      db.all(`UPDATE blobs SET ends_at = 0 WHERE ${where}`, name);
    },
  };
}

/** How much a database holds. */
export function countBlobs(db: SqlDatabase): { readonly blobs: number; readonly bytes: number } {
  const [row] = db.all('SELECT count(*) AS blobs, coalesce(sum(size), 0) AS bytes FROM blobs');
  return { blobs: Number(row?.blobs), bytes: Number(row?.bytes) };
}

/** Removes at most `limit` of those that are whole; how many. A server may be writing others. */
export function dropWhole(db: SqlDatabase, limit: number): number {
  const sql = `DELETE FROM blobs WHERE id IN (SELECT id FROM blobs WHERE substr(key, 1, ${halfWrittenPrefix.length}) <> ? LIMIT ?) RETURNING id`;
  return db.transaction(() => db.all(sql, halfWrittenPrefix, limit).length);
}
