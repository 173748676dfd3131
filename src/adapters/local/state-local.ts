import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '../../config/config.ts';
import { ConfigError } from '../../config/config.ts';
import type { Clock } from '../../core/ports.ts';
import type { FileStore, StateStores } from '../../core/store.ts';
import { createMemoryState } from '../../state/memory.ts';
import { blobSchema, rateSchema, recordSchema, type SqlDatabase } from '../../state/sqlite/sql.ts';
import { createSqliteState, type Databases } from '../../state/sqlite/sqlite.ts';
import { createLogger, describe, type Logger } from '../../telemetry/log.ts';
import { type FilesConfig, openFiles, probeFolder } from './files-local.ts';
import { makePrivate, makePrivateFile } from './private-files.ts';

/** Files in the data folder: pronunciations and other documents, and what can be made again. */
const recordsName = 'records.db';
const cacheName = 'cache.db';
/** Of a database's files. */
const suffixes = ['', '-wal', '-shm'] as const;

interface StateOptions {
  readonly dataDir: string;
  readonly config: FilesConfig & Pick<Config, 'cache.max_bytes' | 'logging.level' | 'logging.format'>;
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
  const filesIn = (place: string): Promise<FileStore> =>
    openFiles({ ...options, config: { ...config, 'state.store': place }, log });
  if (store === 'memory') return createMemoryState(bounds, clock, await filesIn(store));
  if (store === 'sqlite' || store === 'auto') {
    try {
      const databases = await openDatabases(options.dataDir, log);
      return createSqliteState(databases, await filesIn(store), bounds, clock, log);
    } catch (error) {
      if (error instanceof ConfigError) throw error;
      if (store === 'sqlite') throw new ConfigError([`state.store: ${describe(error)}`]);
      log.warn('state is kept in memory and lost with this process', { cause: describe(error) });
      return createMemoryState(bounds, clock, await filesIn('memory'));
    }
  }
  return openShared(store, await filesIn(store), bounds, clock, log);
}

async function openDatabases(dataDir: string, log: Logger): Promise<Databases> {
  let path = dataDir;
  try {
    await probeFolder(dataDir); // SQLite finds out only with its first write
    const { openSqlite } = await import('./sqlite.ts');
    for (const name of [recordsName, cacheName]) await prepareFile(join(dataDir, name));
    path = join(dataDir, recordsName);
    const records = await openSqlite(path, { schema: recordSchema, safe: true });
    path = join(dataDir, cacheName);
    const cache = await openCache(path, log).catch((error: unknown) => {
      records.close();
      throw error;
    });
    return { records, cache };
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
  files: FileStore,
  bounds: { readonly maxBytes: number },
  clock: Clock,
  log: Logger,
): Promise<StateStores> {
  try {
    const [{ openRedis }, { createRedisState }] = await Promise.all([
      import('./redis.ts'),
      import('../../state/redis/stores.ts'),
    ]);
    return await createRedisState(await openRedis(address), files, bounds, clock, log);
  } catch (error) {
    const { host } = new URL(address); // without the password
    throw new ConfigError([`state.store: the Redis at ${host} cannot be used: ${describe(error)}`]);
  }
}
