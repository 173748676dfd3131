import { DurableObject } from 'cloudflare:workers';
import type { RemotePool } from '../../state/durable-object/client.ts';
import { createPool, type Pool as PoolState } from '../../state/durable-object/pool.ts';
import type { SqlDatabase, SqlRow, SqlValue } from '../../state/sqlite/sql.ts';
import { wallClock } from './clock.ts';

/** The part of a Durable Object's state that is used here (developers.cloudflare.com/durable-objects/api/sqlite-storage-api). */
interface ObjectState {
  readonly storage: {
    readonly sql: { exec(sql: string, ...values: readonly SqlValue[]): { toArray(): SqlRow[] } };
    transactionSync<T>(work: () => T): T;
  };
}

function databaseOf({ storage }: ObjectState): SqlDatabase {
  return {
    all: (sql, ...values) => storage.sql.exec(sql, ...values).toArray(),
    transaction: (work) => storage.transactionSync(work),
    close() {},
  };
}

/** The Durable Object that isolates share: its public methods are what they call. */
export class Pool extends DurableObject implements RemotePool {
  readonly #pool: PoolState;

  constructor(state: ObjectState, env: unknown) {
    super(state, env);
    this.#pool = createPool(databaseOf(state), wallClock, (error) => console.error(String(error)));
  }

  async take(...asked: Parameters<RemotePool['take']>): ReturnType<RemotePool['take']> {
    return this.#pool.leases.take(...asked);
  }
  async renew(...asked: Parameters<RemotePool['renew']>): Promise<void> {
    this.#pool.renew(...asked);
  }
  async release(...asked: Parameters<RemotePool['release']>): Promise<void> {
    this.#pool.release(...asked);
  }
  async report(...asked: Parameters<RemotePool['report']>): Promise<void> {
    this.#pool.report(...asked);
  }
  async look(placeIds: readonly string[]): ReturnType<RemotePool['look']> {
    return new Map(placeIds.map((id) => [id, this.#pool.leases.status(id)]));
  }
  changed(known: number): Promise<number> {
    return this.#pool.changed(known);
  }
  takeRate(...asked: Parameters<RemotePool['takeRate']>): ReturnType<RemotePool['takeRate']> {
    return this.#pool.rates.take(...asked);
  }
  async getRecord(collection: string, id: string): Promise<string | undefined> {
    const value = await this.#pool.records.get(collection, id);
    return value === undefined ? undefined : JSON.stringify(value);
  }
  putRecord(collection: string, id: string, text: string): Promise<void> {
    return this.#pool.records.put(collection, id, JSON.parse(text));
  }
  deleteRecord(collection: string, id: string): Promise<boolean> {
    return this.#pool.records.delete(collection, id);
  }
  countRecords(collection: string): Promise<number> {
    return this.#pool.records.count(collection);
  }
  async listRecords(collection: string): ReturnType<RemotePool['listRecords']> {
    const records = await this.#pool.records.list(collection);
    return records.map(({ id, value }) => [id, JSON.stringify(value)]);
  }
}
