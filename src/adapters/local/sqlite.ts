import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { SqlDatabase } from '../../state/sqlite/sql.ts';

/** Raised with every change of the tables. */
const SCHEMA_VERSION = 1;

/** Another process writes for a few milliseconds at a time; waiting blocks this one, so not for long. */
const BUSY_TIMEOUT_MS = 100;

interface SqliteOptions {
  readonly schema: readonly string[];
  /**
   * Outlives a power failure. It waits for the disk now and then, which on a busy one took half a second: for what is written
   * seldom.
   */
  readonly safe: boolean;
}

/**
 * Opens or makes the database at `path`. `node:sqlite` is built into Node (from 22.13), Bun and Deno.
 * @throws when this runtime lacks it, the file cannot be opened, is damaged or is of another version
 */
export async function openSqlite(path: string, { schema, safe }: SqliteOptions): Promise<SqlDatabase> {
  const { DatabaseSync } = await import('node:sqlite');
  const db = new DatabaseSync(path);
  try {
    db.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    db.exec('PRAGMA journal_mode = WAL');
    db.exec(`PRAGMA synchronous = ${safe ? 'NORMAL' : 'OFF'}`);
    db.exec('PRAGMA journal_size_limit = 16777216');
    migrate(db, schema);
  } catch (error) {
    db.close();
    throw error;
  }
  return database(db);
}

/** Whether opening it anew would fail again, so that only a new file helps. */
export function isDamaged(error: unknown): boolean {
  return error instanceof Error && /not a database|malformed|newer version/.test(error.message);
}

function migrate(db: DatabaseSync, schema: readonly string[]): void {
  const version = Number(db.prepare('PRAGMA user_version').get()?.user_version);
  if (version > SCHEMA_VERSION) throw new Error('it was written by a newer version of fish-edge');
  db.exec('BEGIN IMMEDIATE');
  for (const statement of schema) db.exec(statement);
  db.exec(`PRAGMA user_version = ${SCHEMA_VERSION}`);
  db.exec('COMMIT');
}

/** SQLite has done so by itself where the disk is full; what failed is told, not that. */
function rollBack(db: DatabaseSync): void {
  try {
    db.exec('ROLLBACK');
  } catch {
    // no transaction is open
  }
}

function database(db: DatabaseSync): SqlDatabase {
  const prepared = new Map<string, StatementSync>();
  return {
    all(sql, ...values) {
      const statement = prepared.get(sql) ?? db.prepare(sql);
      prepared.set(sql, statement); // the statements are a fixed handful
      return statement.all(...values);
    },
    transaction(work) {
      db.exec('BEGIN IMMEDIATE');
      try {
        const result = work();
        db.exec('COMMIT');
        return result;
      } catch (error) {
        rollBack(db);
        throw error;
      }
    },
    close: () => db.close(),
  };
}
