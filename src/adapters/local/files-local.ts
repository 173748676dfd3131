import { mkdtemp, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Config, ConfigError } from '../../config/config.ts';
import type { Clock } from '../../core/ports.ts';
import type { FileStore } from '../../core/store.ts';
import { createFileStore, warnOfFirst } from '../../state/files.ts';
import { createMemoryFiles } from '../../state/memory.ts';
import { describe, type Logger } from '../../telemetry/log.ts';
import { openDiskFiles } from './disk-files.ts';
import { makePrivateFolder } from './private-files.ts';

export type FilesConfig = Pick<Config, 'state.store' | Extract<keyof Config, `files.${string}`>>;

interface FilesOptions {
  readonly dataDir: string;
  readonly config: FilesConfig;
  readonly clock: Clock;
  readonly log: Pick<Logger, 'warn'>;
}

/** In the data folder. */
const folderName = 'files';

/**
 * Where a self-hosted server keeps whole files: the bucket that was asked for, or the data folder. Where nobody asked for a
 * disk and there is none, in memory, with a line in the log once there is a file to lose.
 * @throws ConfigError with one clear line when the place that was asked for cannot be used
 */
export async function openFiles({ dataDir, config, clock, log }: FilesOptions): Promise<FileStore> {
  const store = config['files.store'];
  if (store.startsWith('http')) return openBucket(config, clock, log);
  const maxBytes = config['files.max_bytes'];
  if (store === 'auto' && config['state.store'] === 'memory') return createMemoryFiles(maxBytes);
  try {
    await probeFolder(dataDir);
    const storage = await openDiskFiles(join(dataDir, folderName));
    const files = createFileStore(storage, maxBytes, { lasting: true, shared: false });
    if (!isRedis(config) || store === 'disk') return files; // a disk that was asked for may be one that servers share
    return warnOfFirst(files, () =>
      log.warn('files lie on this disk: other servers do not see them', advice),
    );
  } catch (error) {
    const cause = describe(error);
    if (store === 'disk' || config['state.store'] === 'sqlite')
      throw new ConfigError([`files.store: ${join(dataDir, folderName)} cannot be used: ${cause}`]);
    const message = 'files are kept in memory and lost with this process';
    return warnOfFirst(createMemoryFiles(maxBytes), () => log.warn(message, { cause, ...advice }));
  }
}

const advice = { mend: 'set files.store (FISH_FILES) to a bucket of an S3-compatible store' };

function isRedis(config: Pick<FilesConfig, 'state.store'>): boolean {
  return /^rediss?:/.test(config['state.store']);
}

/** Makes the folder, and a file in it: `access` asks Deno for more, and does not tell of a disk that cannot be written. */
export async function probeFolder(path: string): Promise<void> {
  await makePrivateFolder(path);
  await rmdir(await mkdtemp(join(path, '.probe-')));
}

/** A store that refuses our keys is told at the start; one that is away stops nobody from speaking. */
async function openBucket(config: FilesConfig, clock: Clock, log: Pick<Logger, 'warn'>): Promise<FileStore> {
  const { createS3Files, S3Refusal } = await import('../../state/s3-files.ts');
  const bucket = {
    url: config['files.store'],
    region: config['files.s3_region'],
    accessKey: config['files.s3_access_key'],
    secretKey: config['files.s3_secret_key'],
  };
  const storage = createS3Files(bucket, (url, init) => fetch(url, init), clock);
  try {
    await storage.list('-');
  } catch (error) {
    if (error instanceof S3Refusal && error.status < 500)
      throw new ConfigError([`files.store: the bucket at ${new URL(bucket.url).host}: ${error.message}`]);
    log.warn('the file store cannot be used for now', { cause: describe(error) });
  }
  return createFileStore(storage, config['files.max_bytes'], { lasting: true, shared: true });
}
