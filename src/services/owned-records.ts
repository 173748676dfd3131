import { invalid, SpeechFailure } from '../core/errors.ts';
import type { RecordStore } from '../core/store.ts';

/** Records that belong to a key; those of servers without names belong to all. */
export interface OwnedRecords<T extends { readonly id: string }> {
  /** Oldest first. */
  list(owner: string | undefined): Promise<readonly T[]>;
  get(id: string, owner: string | undefined): Promise<T | undefined>;
  /** @throws SpeechFailure when `owner` has as many as it may, or the record is too large */
  add(record: T, owner: string | undefined): Promise<T>;
  /** Writes one that is there. @throws SpeechFailure when it is too large */
  replace(record: T, owner: string | undefined): Promise<T>;
  /** Whether there was one. */
  delete(id: string, owner: string | undefined): Promise<boolean>;
}

/** @param what in a message: `characters` */
export function createOwnedRecords<T extends { readonly id: string }>(
  records: RecordStore,
  collection: string,
  { what, max }: { readonly what: string; readonly max: number },
): OwnedRecords<T> {
  /** A collection a key: nothing of another is ever read. */
  const nameOf = (owner: string | undefined): string =>
    owner === undefined ? collection : `${collection}/${owner}`;
  /** Those that are just being added: many at once must not get past the bound together. */
  const adding = new Map<string, number>();
  const read = async (name: string): Promise<readonly T[]> =>
    (await stored(records.list(name))).map(({ value }) => value as T);
  const write = async (name: string, record: T): Promise<T> => {
    await stored(records.put(name, record.id, record));
    return record;
  };
  return {
    list: (owner) => read(nameOf(owner)),
    get: async (id, owner) => (await stored(records.get(nameOf(owner), id))) as T | undefined,
    async add(record, owner) {
      const name = nameOf(owner);
      adding.set(name, (adding.get(name) ?? 0) + 1);
      try {
        const held = (await stored(records.count(name))) + (adding.get(name) ?? 0);
        if (held > max) throw invalid(`There are ${max} ${what} already; delete some.`);
        return await write(name, record);
      } finally {
        const left = (adding.get(name) ?? 1) - 1;
        if (left > 0) adding.set(name, left);
        else adding.delete(name);
      }
    },
    replace: (record, owner) => write(nameOf(owner), record),
    delete: (id, owner) => stored(records.delete(nameOf(owner), id)),
  };
}

async function stored<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof RangeError) throw invalid('The record is too large.');
    throw new SpeechFailure({ code: 'engine_unavailable', message: 'The store cannot be reached.' }, error);
  }
}
