import type { Ports } from '../core/ports.ts';
import type { RecordStore } from '../core/store.ts';
import { settlesWithin } from '../stream/deadline.ts';

/** What a client used in a month. */
export interface Usage {
  readonly requests: number;
  readonly characters: number;
  /** Seconds of audio that were heard to their end. */
  readonly audioSeconds: number;
}

/** Counts what each key used. Figures of the last seconds are lost with a server that is killed. */
export interface UsageBook {
  count(key: string, used: Partial<Usage>): void;
  /** By month (`2026-11`), all servers together, the newest first. */
  read(key: string): Promise<ReadonlyMap<string, Usage>>;
  /** The same of every key that used anything, by its name. */
  readAll(): Promise<ReadonlyMap<string, ReadonlyMap<string, Usage>>>;
}

const collection = 'usage';
const nothing: Usage = { requests: 0, characters: 0, audioSeconds: 0 };
const FLUSH_MS = 5000;
/** One that takes longer is not waited for: on Workers it may have been stopped with the request that began it. */
const FLUSHED_MS = 10_000;
/** Keys and months that wait for their flush; beyond it the oldest is written at once. */
const MAX_WAITING = 1000;

export function createUsageBook(records: RecordStore, ports: Pick<Ports, 'clock' | 'background'>): UsageBook {
  const server = crypto.randomUUID().slice(0, 8); // each server writes documents of its own: no two write one
  const waiting = new Map<string, Usage>();
  let flushing: { readonly since: number; readonly done: Promise<void> } | undefined;
  let armed = false;

  const flush = async (): Promise<void> => {
    for (const [id, used] of waiting) {
      waiting.delete(id);
      const before = ((await records.get(collection, id)) as Usage | undefined) ?? nothing;
      await records.put(collection, id, sum(before, used));
    }
  };
  const flushOnce = (): Promise<void> => {
    const since = ports.clock.now();
    if (flushing && since - flushing.since < FLUSHED_MS) return flushing.done;
    const done = flush()
      .catch(() => {}) // figures, not money: a store that is away loses some
      .finally(() => {
        if (flushing?.done === done) flushing = undefined;
      });
    flushing = { since, done };
    return done;
  };
  const schedule = (): void => {
    if (ports.background || armed) {
      ports.background?.(flushOnce()); // no timer outlives a request there
      return;
    }
    armed = true;
    ports.clock.alarm(FLUSH_MS, () => {
      armed = false;
      void flushOnce();
    });
  };
  const readAll = async (): Promise<Map<string, Map<string, Usage>>> => {
    await settlesWithin(flushOnce(), FLUSHED_MS, ports.clock);
    const all = new Map<string, Map<string, Usage>>();
    for (const { id, value } of await records.list(collection)) {
      const [name = '', month = ''] = id.split('/');
      const months = all.get(name) ?? new Map<string, Usage>();
      months.set(month, sum(months.get(month) ?? nothing, value as Usage));
      all.set(name, months);
    }
    const newestFirst = (months: Map<string, Usage>): Map<string, Usage> =>
      new Map([...months].sort(([a], [b]) => b.localeCompare(a)));
    return new Map([...all].map(([name, months]) => [name, newestFirst(months)]));
  };
  return {
    count(key, used) {
      const id = `${key}/${new Date(ports.clock.wallNow()).toISOString().slice(0, 7)}/${server}`;
      waiting.set(id, sum(waiting.get(id) ?? nothing, { ...nothing, ...used }));
      if (waiting.size > MAX_WAITING) void flushOnce();
      schedule();
    },
    read: async (key) => (await readAll()).get(key) ?? new Map(),
    readAll,
  };
}

function sum(a: Usage, b: Usage): Usage {
  return {
    requests: a.requests + b.requests,
    characters: a.characters + b.characters,
    audioSeconds: a.audioSeconds + b.audioSeconds,
  };
}
