import { type Config, ConfigError } from '../../config/config.ts';
import type { Clock, Ports } from '../../core/ports.ts';
import type { BlobStore, StateStores } from '../../core/store.ts';
import { createCircuitBreaker } from '../../state/circuit-breaker.ts';
import {
  createPoolLeaseBackend,
  createPoolRecords,
  type RemotePool,
  withTimeout,
} from '../../state/durable-object/client.ts';
import { joinStores } from '../../state/join.ts';
import { createMemoryState } from '../../state/memory.ts';
import { createObjectBlobs, type ObjectStorage } from '../../state/object-blobs.ts';
import { createSharedLeases, createSharedRates } from '../../state/shared.ts';
import { createLogger, type Logger } from '../../telemetry/log.ts';
import { type FileBucket, type FilesConfig, workersFiles } from './files.ts';

/** The part of a Durable Object namespace that is used here. */
interface PoolNamespace {
  idFromName(name: string): unknown;
  get(id: unknown): RemotePool;
}

/** Bindings of wrangler.toml; each may be absent. */
interface Bindings {
  readonly POOL?: PoolNamespace;
  readonly SPEECH?: Bucket;
  readonly VOICES?: FileBucket;
}

/** What an isolate of 128 MB can spare for kept speech. */
const ISOLATE_BYTES = 16 * 1024 * 1024;
/** Objects that share the counting of clients: one object answers about a thousand requests a second. */
const RATE_OBJECTS = 16;

/**
 * State on Workers. Leases, rates and records: in the Durable Object bound as POOL, else in each isolate's memory. Speech: in
 * the R2 bucket bound as SPEECH, else in the cache of the location. Files: in the one bound as VOICES.
 * @throws ConfigError for a store that Workers lack
 */
export function workersState(
  env: Readonly<Record<string, unknown>>,
  config: FilesConfig & Pick<Config, 'cache.max_bytes' | 'logging.level' | 'logging.format'>,
  { clock, writeLog, background, fetch }: Pick<Ports, 'clock' | 'writeLog' | 'background' | 'fetch'>,
): StateStores {
  const log = createLogger({
    level: config['logging.level'],
    format: config['logging.format'],
    write: writeLog,
    clock,
  });
  const store = config['state.store'];
  const { POOL: pool, SPEECH: bucket, VOICES: voices } = env as Bindings;
  const files = workersFiles(voices, config, { clock, fetch }, log);
  const bounds = { maxBytes: Math.min(config['cache.max_bytes'], ISOLATE_BYTES) };
  const memory = createMemoryState(bounds, clock, files);
  if (store === 'memory') return memory;
  if (store !== 'auto') throw new ConfigError(['state.store: Workers know auto and memory only']);
  const blobs = speechBlobs(bucket, config['cache.max_bytes'], memory.blobs);
  return joinStores({
    ...memory,
    blobs,
    ...(pool && sharedStores(pool, clock, log, background ?? (() => {}))),
  });
}

function speechBlobs(bucket: Bucket | undefined, maxBytes: number, memory: BlobStore): BlobStore {
  const storage = bucket ? bucketStorage(bucket) : cacheStorage(caches, cacheName);
  const bounds = { maxBytes, maxValueBytes: ISOLATE_BYTES };
  const lasting = { lasting: true, shared: bucket !== undefined };
  const blobs = createObjectBlobs(storage, bounds, lasting, () => Date.now());
  return bucket ? blobs : whereThereIsACache(blobs, memory);
}

const cacheName = 'fish-edge-speech';

/** A workerd of one's own may have none: then speech is kept in the memory of the isolate. */
function whereThereIsACache(cached: BlobStore, memory: BlobStore): BlobStore {
  let found: BlobStore | undefined;
  const store = async (): Promise<BlobStore> => {
    found ??= await caches
      .open(cacheName)
      .then((cache) => cache.match(`${cacheOrigin}none`))
      .then(
        () => cached,
        () => memory,
      );
    return found;
  };
  return {
    abilities: cached.abilities,
    get: async (key) => (await store()).get(key),
    put: async (...asked) => (await store()).put(...asked),
    delete: async (key) => (await store()).delete(key),
    purge: async (tag) => (await store()).purge(tag),
    close: () => cached.close(),
  };
}

function sharedStores(
  namespace: PoolNamespace,
  clock: Clock,
  log: Pick<Logger, 'warn' | 'info'>,
  background: (work: Promise<unknown>) => void,
): Pick<StateStores, 'leases' | 'rates' | 'records'> {
  const named = (name: string): RemotePool => namespace.get(namespace.idFromName(name));
  const pool = (): RemotePool => named('pool');
  const breaker = createCircuitBreaker('the Durable Object', clock, log);
  const takeRate: StateStores['rates']['take'] = (key, ...rest) =>
    withTimeout(clock, named(`rates-${hash(key) % RATE_OBJECTS}`).takeRate(key, ...rest));
  return {
    leases: createSharedLeases(createPoolLeaseBackend(pool, clock, breaker, background), clock, breaker),
    rates: createSharedRates(takeRate, clock, breaker),
    records: createPoolRecords(pool, clock),
  };
}

/** FNV-1a: spreads keys, guards nothing. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}

/** The part of R2 that is used here (developers.cloudflare.com/r2/api/workers/workers-api-reference). */
interface Bucket {
  get(name: string): Promise<BucketObject | null>;
  put(name: string, bytes: Uint8Array, options: { customMetadata: Record<string, string> }): Promise<unknown>;
  delete(name: string): Promise<void>;
}

interface BucketObject {
  readonly customMetadata?: Readonly<Record<string, string>>;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** A bucket: all locations see the same. What ended is removed when it is asked for, all else by the bucket's lifecycle rule. */
function bucketStorage(bucket: Bucket): ObjectStorage {
  return {
    async read(name) {
      const found = await bucket.get(name);
      if (!found) return undefined;
      return {
        bytes: new Uint8Array(await found.arrayBuffer()),
        about: found.customMetadata?.about ?? '',
      };
    },
    write: async (name, bytes, about) => void (await bucket.put(name, bytes, { customMetadata: { about } })),
    remove: (name) => bucket.delete(name),
  };
}

/** Only a name inside the cache: nothing is ever fetched from it (RFC 2606). */
const cacheOrigin = 'https://speech.invalid/';
const aboutHeader = 'x-about';

/** The cache of the location that a request came to, as large as Cloudflare lets it be. */
function cacheStorage(storage: Pick<CacheStorage, 'open'>, cacheName: string): ObjectStorage {
  const open = (): Promise<Cache> => storage.open(cacheName);
  return {
    async read(name) {
      const found = await (await open()).match(cacheOrigin + name);
      if (!found) return undefined;
      const about = decodeURIComponent(found.headers.get(aboutHeader) ?? '');
      return { bytes: new Uint8Array(await found.arrayBuffer()), about };
    },
    async write(name, bytes, about, maxAgeMs) {
      const headers = {
        'cache-control': `public, max-age=${Math.max(1, Math.floor(maxAgeMs / 1000))}`,
        'content-length': String(bytes.byteLength),
        [aboutHeader]: encodeURIComponent(about),
      };
      await (await open()).put(
        cacheOrigin + name,
        new Response(bytes as Uint8Array<ArrayBuffer>, { headers }),
      );
    },
    remove: async (name) => void (await (await open()).delete(cacheOrigin + name)),
  };
}
