import { openRedis } from '../../src/adapters/local/redis.ts';
import { openState } from '../../src/adapters/local/state-local.ts';
import type { StateStores } from '../../src/core/store.ts';
import { createMemoryFiles } from '../../src/state/memory.ts';
import { createRedisState } from '../../src/state/redis/stores.ts';
import { realClock } from '../stream/fake-clock.ts';

export interface LoggedStores {
  readonly stores: StateStores;
  /** Messages so far. */
  readonly logs: readonly string[];
}

/** `address` and keys of a bucket, as in settings. */
export interface FilesAt {
  readonly store: string;
  readonly accessKey?: string | undefined;
  readonly secretKey?: string | undefined;
  readonly maxBytes?: number | undefined;
}

/** As a server opens them. */
export async function openLogged(
  store: string,
  dataDir: string,
  maxBytes: number = 8 << 20,
  files: FilesAt = { store: 'auto' },
): Promise<LoggedStores> {
  const logs: string[] = [];
  const stores = await openState({
    dataDir,
    config: {
      'state.store': store,
      'cache.max_bytes': maxBytes,
      'files.store': files.store,
      'files.max_bytes': files.maxBytes ?? 64 << 20,
      'files.s3_access_key': files.accessKey ?? '',
      'files.s3_secret_key': files.secretKey ?? '',
      'files.s3_region': 'us-east-1',
      'logging.level': 'info',
      'logging.format': 'json',
    },
    clock: realClock,
    writeLog: (line) => logs.push(JSON.parse(line).message),
  });
  return { stores, logs };
}

/** One of several servers that share the Redis at `url`. */
export async function openServer(url: string): Promise<LoggedStores> {
  const logs: string[] = [];
  const push = (line: string): void => void logs.push(line);
  const log = { warn: push, info: push };
  const stores = await createRedisState(
    await openRedis(url),
    createMemoryFiles(),
    { maxBytes: 8 << 20 },
    realClock,
    log,
  );
  return { stores, logs };
}
