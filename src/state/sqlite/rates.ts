import { LRUCache } from 'lru-cache';
import type { Clock } from '../../core/ports.ts';
import type { RateStore } from '../../core/store.ts';
import { MAX_RATE_KEYS } from '../memory.ts';
import { type Buckets, takeFromWindow } from '../rate-window.ts';
import { createWriteBehind } from '../write-behind.ts';
import type { SqlDatabase } from './sql.ts';

/** Rows of one step: about a millisecond. */
const STEP_ROWS = 200;
/** Windows that wait to be written; beyond, the oldest is written only when its client comes again. */
const MAX_WAITING = 20_000;

interface Window {
  readonly used: Buckets;
  /** When nothing of it counts any more. */
  readonly endsAt: number;
}

/**
 * Sliding windows in this process, written behind to a table: a restart forgets the last second at most. `clock.now` must
 * go on across restarts, so it is the time of day.
 */
export function createSqlRates(
  db: SqlDatabase,
  clock: Clock,
  failed: (error: unknown) => void,
  shared = false,
): RateStore {
  const windows = new LRUCache<string, Buckets>({ max: MAX_RATE_KEYS });
  const waiting = new Map<string, Window>();
  const writer = createWriteBehind(clock, step, failed);

  function step(): boolean {
    const part = [...waiting].slice(0, STEP_ROWS);
    db.transaction(() => {
      for (const [key, { used, endsAt }] of part) {
        db.all('INSERT OR REPLACE INTO rates VALUES (?, ?, ?)', key, JSON.stringify(used), endsAt);
      }
      db.all(
        'DELETE FROM rates WHERE key IN (SELECT key FROM rates WHERE ends_at <= ? LIMIT ?)',
        clock.now(),
        2 * STEP_ROWS, // more than a step adds, so that the table does not grow
      );
    });
    for (const [key, window] of part) if (waiting.get(key) === window) waiting.delete(key);
    return waiting.size > 0;
  }

  function load(key: string): Buckets {
    const waits = waiting.get(key);
    if (waits) return waits.used;
    try {
      const [row] = db.all('SELECT used FROM rates WHERE key = ?', key);
      return row ? (JSON.parse(String(row.used)) as Buckets) : [];
    } catch {
      return [];
    }
  }

  return {
    abilities: { atomic: true, lasting: true, shared, maxValueBytes: 0 },
    async take(key, cost, limit, windowMs) {
      const now = clock.now();
      const { used, verdict } = takeFromWindow(windows.get(key) ?? load(key), now, cost, limit, windowMs);
      windows.set(key, used);
      if (waiting.size < MAX_WAITING || waiting.has(key)) {
        waiting.set(key, { used, endsAt: Math.ceil(now + verdict.resetMs) });
      }
      writer.soon();
      return verdict;
    },
    async close() {
      writer.flush();
      writer.close();
    },
  };
}
