/** The part of SQLite that `node:sqlite` (Node, Bun, Deno) and a Durable Object share. Everything happens at once, in this thread. */
export interface SqlDatabase {
  /** Runs one statement; the rows it gives. @throws what SQLite says */
  all(sql: string, ...values: readonly SqlValue[]): readonly SqlRow[];
  /** All of `work` or nothing. */
  transaction<T>(work: () => T): T;
  close(): void;
}

export type SqlValue = string | number | null | Uint8Array;
export type SqlRow = Readonly<Record<string, unknown>>;

/** Documents. */
export const recordSchema: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS records (
    number INTEGER PRIMARY KEY, collection TEXT NOT NULL, id TEXT NOT NULL, value TEXT NOT NULL,
    UNIQUE (collection, id))`,
];

/** Rate windows, as JSON of their buckets. */
export const rateSchema: readonly string[] = [
  'CREATE TABLE IF NOT EXISTS rates (key TEXT PRIMARY KEY, used TEXT NOT NULL, ends_at INTEGER NOT NULL)',
  'CREATE INDEX IF NOT EXISTS rates_ends ON rates (ends_at)',
];

/**
 * Blobs on a disk. Their bytes lie in a table of their own, in parts, so that a step is small and that noting a use, and
 * purging, touch small rows only; the total is kept by triggers, so that processes which share the file agree.
 */
export const blobSchema: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS blobs (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, size INTEGER NOT NULL,
    put_at INTEGER NOT NULL, ends_at INTEGER NOT NULL, used_at INTEGER NOT NULL)`,
  'CREATE INDEX IF NOT EXISTS blobs_used ON blobs (used_at)',
  'CREATE INDEX IF NOT EXISTS blobs_ends ON blobs (ends_at)',
  `CREATE TABLE IF NOT EXISTS blob_bytes (
    id INTEGER NOT NULL, part INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (id, part))`,
  'CREATE TABLE IF NOT EXISTS blob_tags (tag TEXT NOT NULL, id INTEGER NOT NULL, PRIMARY KEY (tag, id)) WITHOUT ROWID',
  'CREATE INDEX IF NOT EXISTS blob_tags_id ON blob_tags (id)',
  'CREATE TABLE IF NOT EXISTS blob_total (one INTEGER PRIMARY KEY CHECK (one = 1), bytes INTEGER NOT NULL)',
  'INSERT OR IGNORE INTO blob_total VALUES (1, 0)',
  `CREATE TRIGGER IF NOT EXISTS blobs_added AFTER INSERT ON blobs
    BEGIN UPDATE blob_total SET bytes = bytes + new.size; END`,
  `CREATE TRIGGER IF NOT EXISTS blobs_gone AFTER DELETE ON blobs
    BEGIN
      UPDATE blob_total SET bytes = bytes - old.size;
      DELETE FROM blob_bytes WHERE id = old.id;
      DELETE FROM blob_tags WHERE id = old.id;
    END`,
];
