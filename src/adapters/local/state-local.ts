import { mkdtemp, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../../config/config.ts';
import { ConfigError } from '../../config/config.ts';
import type { Clock } from '../../core/ports.ts';
import type { StateStores } from '../../core/store.ts';
import { createMemoryState } from '../../state/memory.ts';
import { blobSchema, rateSchema, recordSchema, type SqlDatabase } from '../../state/sqlite/sql.ts';
import { createSqliteState } from '../../state/sqlite/sqlite.ts';
import { createLogger, describe, type Logger } from '../../telemetry/log.ts';
import { makePrivate, makePrivateFile, makePrivateFolder } from './private-files.ts';

/** Files in the data folder: pronunciations and other documents, and what can be made again. */
const recordsName = 'records.db';
const cacheName = 'cache.db';
/** Of a database's files. */
const suffixes = ['', '-wal', '-shm'] as const;

interface StateOptions {
  readonly dataDir: string;
  readonly config: Pick<Config, 'state.store' | 'cache.max_bytes' | 'logging.level' | 'logging.format'>;
  readonly clock: Clock;
  readonly writeLog: (line: string) => void;
}

/**
 * The stores of a self-hosted server. `auto` takes memory, and says so in the log, where there is no database to be had.
 * @throws ConfigError with one clear line when the store that was asked for cannot be used
 */
export async function openState(options: StateOptions): Promise<StateStores> {
  const { config, clock } = options;
  const store = config['state.store'];
  const bounds = { maxBytes: config['cache.max_bytes'] };
  const log = createLogger({
    level: config['logging.level'],
    format: config['logging.format'],
    write: options.writeLog,
    clock,
  });
  if (store === 'memory') return createMemoryState(bounds, clock);
  if (store === 'sqlite' || store === 'auto') {
    try {
      return await openDatabases(options.dataDir, bounds, clock, log);
    } catch (error) {
      if (store === 'sqlite') throw new ConfigError([`state.store: ${describe(error)}`]);
      log.warn('state is kept in memory and lost with this process', { cause: describe(error) });
      return createMemoryState(bounds, clock);
    }
  }
  return openShared(store, bounds, clock, log);
}

async function openDatabases(
  dataDir: string,
  bounds: { readonly maxBytes: number },
  clock: Clock,
  log: Logger,
): Promise<StateStores> {
  let path = dataDir;
  try {
    await makePrivateFolder(dataDir);
    await rmdir(await mkdtemp(join(dataDir, '.probe-'))); // SQLite finds out only with its first write; `access` asks Deno for more
    const { openSqlite } = await import('./sqlite.ts');
    for (const name of [recordsName, cacheName]) await prepareFile(join(dataDir, name));
    path = join(dataDir, recordsName);
    const records = await openSqlite(path, { schema: recordSchema, safe: true });
    path = join(dataDir, cacheName);
    const cache = await openCache(path, log).catch((error: unknown) => {
      records.close();
      throw error;
    });
    return createSqliteState({ records, cache }, bounds, clock, log);
  } catch (error) {
    throw new Error(`${path} cannot be used`, { cause: error });
  }
}

/** SQLite gives its further files the rights of the first; those that are there already keep theirs. */
async function prepareFile(path: string): Promise<void> {
  await makePrivateFile(path);
  for (const suffix of suffixes) await makePrivate(path + suffix);
}

/** Made speech can be made again: a damaged file gives way to a new one. */
async function openCache(path: string, log: Logger): Promise<SqlDatabase> {
  const { isDamaged, openSqlite } = await import('./sqlite.ts');
  const options = { schema: [...blobSchema, ...rateSchema], safe: false };
  try {
    return await openSqlite(path, options);
  } catch (error) {
    if (!isDamaged(error)) throw error;
    log.warn('kept speech was damaged and begins anew', { path, cause: describe(error) });
    for (const suffix of suffixes) await rm(path + suffix, { force: true });
    await makePrivateFile(path);
    return openSqlite(path, options);
  }
}

async function openShared(
  address: string,
  bounds: { readonly maxBytes: number },
  clock: Clock,
  log: Logger,
): Promise<StateStores> {
  try {
    const [{ openRedis }, { createRedisState }] = await Promise.all([
      import('./redis.ts'),
      import('../../state/redis/stores.ts'),
    ]);
    return await createRedisState(await openRedis(address), bounds, clock, log);
  } catch (error) {
    const { host } = new URL(address); // without the password
    throw new ConfigError([`state.store: the Redis at ${host} cannot be used: ${describe(error)}`]);
  }
}
