import type { Clock } from '../../core/ports.ts';
import type { RateStore, RecordStore } from '../../core/store.ts';
import { createLeaseTable, type LeaseKey, type LeaseSnapshot, type LeaseTable } from '../lease-table.ts';
import { createSqlRates } from '../sqlite/rates.ts';
import { createSqlRecords } from '../sqlite/records.ts';
import { rateSchema, recordSchema, type SqlDatabase } from '../sqlite/sql.ts';
import { createWriteBehind } from '../write-behind.ts';

/** What one object keeps for all isolates: it is single-threaded, so whatever it does is atomic. */
export interface Pool {
  readonly leases: Pick<LeaseTable, 'take' | 'status'>;
  readonly rates: RateStore;
  readonly records: RecordStore;
  renew(lease: LeaseKey, leaseMs: number): void;
  release(lease: LeaseKey): void;
  report: LeaseTable['report'];
  /** The number of the newest change, as soon as it is another than `known`, at the latest after `MAX_WAIT_MS`. */
  changed(known: number): Promise<number>;
}

/** Also how long a slot whose holder died may lie idle once its lease has ended. */
const MAX_WAIT_MS = 1000;

const schema: readonly string[] = [
  ...recordSchema,
  ...rateSchema,
  'CREATE TABLE IF NOT EXISTS leases (one INTEGER PRIMARY KEY CHECK (one = 1), snapshot TEXT NOT NULL)',
];

/** A pool over its own database. `clock.now` is the time of day: leases and windows outlive the object. */
export function createPool(db: SqlDatabase, clock: Clock, failed: (error: unknown) => void): Pool {
  for (const statement of schema) db.all(statement);
  const table = createLeaseTable(() => clock.now());
  const [kept] = db.all('SELECT snapshot FROM leases');
  if (kept) table.restore(JSON.parse(String(kept.snapshot)) as LeaseSnapshot);
  const writer = createWriteBehind(
    clock,
    () => {
      db.all('INSERT OR REPLACE INTO leases VALUES (1, ?)', JSON.stringify(table.snapshot()));
      return false;
    },
    failed,
  );
  const waiting = new Set<() => void>();
  let version = 0;
  const change = (): void => {
    version++;
    for (const wake of waiting) wake();
  };

  return {
    leases: {
      take(...asked) {
        writer.soon();
        return table.take(...asked);
      },
      status: (placeId) => table.status(placeId),
    },
    rates: createSqlRates(db, clock, failed, true),
    records: createSqlRecords(db, { shared: true }),
    renew(lease, leaseMs) {
      table.renew(lease, leaseMs);
      writer.soon();
    },
    release(lease) {
      table.release(lease);
      writer.soon();
      change();
    },
    report(...asked) {
      const freed = table.report(...asked);
      writer.soon();
      if (freed) change();
      return freed;
    },
    async changed(known) {
      if (known === version) {
        await new Promise<void>((resolve) => {
          const wake = (): void => {
            waiting.delete(wake);
            cancel();
            resolve();
          };
          const cancel = clock.alarm(MAX_WAIT_MS, wake);
          waiting.add(wake);
        });
      }
      return version;
    },
  };
}
