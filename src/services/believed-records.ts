import type { Clock } from '../core/ports.ts';
import type { RecordStore } from '../core/store.ts';

/** How long a list is believed: another server may have changed it. */
const BELIEVED_MS = 1000;
/** So much longer while one request reads it anew: in a crowd all would. */
const READING_MS = 2000;
/** Changes that a read may miss that was begun before them. */
const MAX_REMEMBERED = 1000;

/**
 * All records of a collection, read once a second however many ask, and right about what this server changed itself. Each read
 * belongs to one request: on Workers a promise of another request may never settle.
 *
 * @typeParam T of a record
 */
export interface BelievedRecords<T> {
  /** As they were a second ago or later, oldest first. @throws when the store cannot be reached */
  all(): Promise<readonly T[]>;
  /** As the store has them now. @throws when it cannot be reached */
  fresh(): Promise<readonly T[]>;
  /** As they were last read, with this server's changes. */
  known(): readonly T[];
  /** @throws when the store cannot be reached */
  put(id: string, value: T): Promise<void>;
  /** Whether there was one. @throws when the store cannot be reached */
  delete(id: string): Promise<boolean>;
}

interface Known<T> {
  /** When it was begun to be read; never, where it is believed no more. */
  at: number;
  readonly byId: Map<string, T>;
  /** Its values, once somebody asked for them. */
  list: readonly T[] | undefined;
}

export function believeRecords<T>(
  records: RecordStore,
  collection: string,
  clock: Pick<Clock, 'now'>,
): BelievedRecords<T> {
  let known: Known<T> | undefined;
  let readingUntil = Number.NEGATIVE_INFINITY;
  let changes = 0;
  /** The last ones, each with its number. */
  const changed = new Map<string, { readonly number: number; readonly value: T | undefined }>();
  /** The number of the last change that is remembered no more. */
  let forgotten = 0;

  const valuesOf = (of: Known<T>): readonly T[] => {
    of.list ??= [...of.byId.values()];
    return of.list;
  };
  const remember = (id: string, value: T | undefined): void => {
    changed.delete(id);
    changed.set(id, { number: ++changes, value });
    for (const [oldest, { number }] of changed) {
      if (changed.size <= MAX_REMEMBERED) break;
      changed.delete(oldest);
      forgotten = number;
    }
    if (!known) return;
    apply(known.byId, id, value);
    known.list = undefined;
  };
  const fresh = async (): Promise<readonly T[]> => {
    const [at, before] = [clock.now(), changes];
    const found = await records.list(collection);
    const read: Known<T> = {
      at,
      byId: new Map(found.map(({ id, value }) => [id, value as T])),
      list: undefined,
    };
    for (const [id, { number, value }] of changed) if (number > before) apply(read.byId, id, value);
    if (before >= forgotten && at >= (known?.at ?? at)) known = read;
    return valuesOf(read);
  };
  /** Whether the store has it is not known where it failed. */
  const change = async <Result>(work: Promise<Result>, id: string, value: T | undefined): Promise<Result> => {
    try {
      const result = await work;
      remember(id, value);
      return result;
    } catch (error) {
      if (known) known.at = Number.NEGATIVE_INFINITY;
      throw error;
    }
  };

  return {
    fresh,
    known: () => (known ? valuesOf(known) : []),
    async all() {
      const time = clock.now();
      if (known && (time - known.at <= BELIEVED_MS || time < readingUntil)) return valuesOf(known);
      readingUntil = time + READING_MS;
      try {
        return await fresh();
      } finally {
        readingUntil = Number.NEGATIVE_INFINITY;
      }
    },
    put: (id, value) => change(records.put(collection, id, value), id, value),
    delete: (id) => change(records.delete(collection, id), id, undefined),
  };
}

function apply<T>(byId: Map<string, T>, id: string, value: T | undefined): void {
  if (value === undefined) byId.delete(id);
  else byId.set(id, value);
}
