import type { Clock } from '../ports.ts';
import { describe, type Logger } from '../telemetry/log.ts';
import type { BlobBounds } from './blobs-memory.ts';
import { joinStores } from './join.ts';
import { createMemoryLeases } from './leases-memory.ts';
import type { SqlDatabase } from './sql.ts';
import { createSqlBlobs } from './sql-blobs.ts';
import { createSqlRates } from './sql-rates.ts';
import { createSqlRecords } from './sql-records.ts';
import type { StateStores } from './store.ts';

/** Where a server keeps what. */
export interface Databases {
  /** With the tables of `recordSchema`. */
  readonly records: SqlDatabase;
  /** With those of `blobSchema` and `rateSchema`: what may be lost with a power failure. */
  readonly cache: SqlDatabase;
}

/**
 * State in databases of this machine, for one server. Leases stay in memory: what a dead process was doing, nobody does
 * any more. The databases are closed with the stores.
 */
export function createSqliteState(
  { records, cache }: Databases,
  options: BlobBounds,
  clock: Clock,
  log: Pick<Logger, 'warn'>,
): StateStores {
  const wall: Clock = { now: () => Date.now(), alarm: clock.alarm };
  const failed = (error: unknown): void =>
    log.warn('state cannot be written for now', { cause: describe(error) });
  return joinStores(
    {
      blobs: createSqlBlobs(cache, options, wall, failed),
      rates: createSqlRates(cache, wall, failed),
      records: createSqlRecords(records, { shared: false }),
      leases: createMemoryLeases(clock),
    },
    async () => {
      records.close();
      cache.close();
    },
  );
}
