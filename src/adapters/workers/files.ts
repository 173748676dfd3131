import { type Config, ConfigError } from '../../config/config.ts';
import type { Clock, Ports } from '../../core/ports.ts';
import type { FileStore } from '../../core/store.ts';
import { createFileStore, type FileStorage, type StoredFile, warnOfFirst } from '../../state/files.ts';
import { createMemoryFiles } from '../../state/memory.ts';
import { createS3Files } from '../../state/s3-files.ts';
import { withTimeout } from '../../stream/deadline.ts';
import type { Logger } from '../../telemetry/log.ts';

export type FilesConfig = Pick<Config, 'state.store' | Extract<keyof Config, `files.${string}`>>;

/** The part of R2 that holds files (developers.cloudflare.com/r2/api/workers/workers-api-reference). */
export interface FileBucket {
  head(name: string): Promise<object | null>;
  get(name: string): Promise<{ readonly size: number; arrayBuffer(): Promise<ArrayBuffer> } | null>;
  put(name: string, bytes: Uint8Array): Promise<unknown>;
  delete(name: string): Promise<void>;
  list(options: { readonly prefix: string; readonly cursor?: string | undefined }): Promise<{
    readonly objects: readonly { readonly key: string; readonly size: number }[];
    readonly truncated: boolean;
    readonly cursor?: string;
  }>;
}

/** What an isolate of 128 MB can spare for files that have no bucket. */
const ISOLATE_BYTES = 16 * 1024 * 1024;
/** For a call with its bytes. */
const CALL_MS = 30_000;
/** A page has a thousand. */
const MAX_PAGES = 100;

/**
 * Whole files on Workers: in the R2 bucket bound as VOICES, in an S3-compatible store, else in each isolate's memory. Never in
 * SPEECH, whose lifecycle rule deletes what is a day old. @throws ConfigError for a place that Workers lack
 */
export function workersFiles(
  bucket: FileBucket | undefined,
  config: FilesConfig,
  { clock, fetch }: Pick<Ports, 'clock' | 'fetch'>,
  log: Pick<Logger, 'warn'>,
): FileStore {
  const store = config['files.store'];
  const maxBytes = config['files.max_bytes'];
  const everywhere = { lasting: true, shared: true };
  if (store === 'disk')
    throw new ConfigError([
      'files.store: Workers have no disk: bind a bucket as VOICES, and leave it at auto',
    ]);
  if (store !== 'auto') {
    const keys = { accessKey: config['files.s3_access_key'], secretKey: config['files.s3_secret_key'] };
    const s3 = { url: store, region: config['files.s3_region'], ...keys };
    return createFileStore(createS3Files(s3, fetch, clock), maxBytes, everywhere);
  }
  const isAsked = config['state.store'] === 'memory';
  if (bucket && !isAsked) return createFileStore(bucketFiles(bucket, clock), maxBytes, everywhere);
  const memory = createMemoryFiles(Math.min(maxBytes, ISOLATE_BYTES));
  const message = 'files are kept in the memory of this isolate and lost with it';
  return isAsked ? memory : warnOfFirst(memory, () => log.warn(message, { mend: 'bind a bucket as VOICES' }));
}

function bucketFiles(bucket: FileBucket, clock: Clock): FileStorage {
  const inTime = <T>(work: Promise<T>): Promise<T> =>
    withTimeout(work, CALL_MS, clock, (): T => {
      throw new Error(`the bucket gave no answer in ${CALL_MS / 1000} s`);
    });
  const read = async (name: string, maxBytes: number): Promise<Uint8Array | undefined> => {
    const found = await bucket.get(name);
    if (!found) return undefined;
    if (found.size > maxBytes) throw new Error('the file is larger than any that was put');
    return new Uint8Array(await found.arrayBuffer());
  };
  return {
    read: (name, maxBytes) => inTime(read(name, maxBytes)),
    write: async (name, bytes) => void (await inTime(bucket.put(name, bytes))),
    async remove(name) {
      const found = await inTime(bucket.head(name));
      if (found) await inTime(bucket.delete(name));
      return found !== null;
    },
    async list(prefix) {
      const all: StoredFile[] = [];
      let cursor: string | undefined;
      for (let page = 0; page < MAX_PAGES; page++) {
        const listed = await inTime(bucket.list({ prefix, cursor }));
        all.push(...listed.objects.map(({ key, size }) => ({ name: key, bytes: size })));
        cursor = listed.cursor;
        if (!listed.truncated || cursor === undefined) return all;
      }
      throw new Error(`the bucket lists more than ${MAX_PAGES} pages`);
    },
  };
}
