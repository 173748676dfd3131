import type { Clock } from '../../core/ports.ts';
import type { FileStore, StateStores } from '../../core/store.ts';
import { describe, type Logger } from '../../telemetry/log.ts';
import { joinStores } from '../join.ts';
import type { BlobBounds } from '../memory.ts';
import { createMemoryLeases } from '../memory.ts';
import { createSqlBlobs } from './blobs.ts';
import { createSqlRates } from './rates.ts';
import { createSqlRecords } from './records.ts';
import type { SqlDatabase } from './sql.ts';

/** Where a server keeps what. */
export interface Databases {
  /** With the tables of `recordSchema`. */
  readonly records: SqlDatabase;
  /** With those of `blobSchema` and `rateSchema`: what may be lost with a power failure. */
  readonly cache: SqlDatabase;
}

/** Between two lines of the same trouble. */
const REPEAT_MS = 60_000;

/** Tells once a minute what is wrong with the disk, however much fails. */
function createTroubleLog(clock: Pick<Clock, 'now'>, log: Pick<Logger, 'warn'>): (error: unknown) => void {
  const toldAt = new Map<string, number>();
  return (error) => {
    const message = isFullDisk(error)
      ? 'the disk is full: speech goes on, nothing new is kept'
      : 'state cannot be written for now';
    if (clock.now() - (toldAt.get(message) ?? Number.NEGATIVE_INFINITY) < REPEAT_MS) return;
    toldAt.set(message, clock.now());
    log.warn(message, { cause: describe(error) });
  };
}

/** SQLite's own text (SQLITE_FULL), which every runtime hands on, or the system's. */
function isFullDisk(error: unknown): boolean {
  return error instanceof Error && /disk is full|ENOSPC|no space left/i.test(error.message);
}

/**
 * State in databases of this machine, for one server. Leases stay in memory: what a dead process was doing, nobody does
 * any more. The databases are closed with the stores.
 */
export function createSqliteState(
  { records, cache }: Databases,
  files: FileStore,
  options: BlobBounds,
  clock: Clock,
  log: Pick<Logger, 'warn'>,
): StateStores {
  const wall: Clock = { ...clock, now: clock.wallNow };
  const failed = createTroubleLog(clock, log);
  return joinStores(
    {
      blobs: createSqlBlobs(cache, options, wall, failed),
      rates: createSqlRates(cache, wall, failed),
      records: createSqlRecords(records, { shared: false }),
      files,
      leases: createMemoryLeases(clock),
    },
    async () => {
      records.close();
      cache.close();
    },
  );
}
