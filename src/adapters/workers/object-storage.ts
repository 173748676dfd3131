import type { ObjectStorage } from '../../state/object-blobs.ts';

/** The part of R2 that is used here (developers.cloudflare.com/r2/api/workers/workers-api-reference). */
export interface Bucket {
  get(name: string): Promise<BucketObject | null>;
  put(name: string, bytes: Uint8Array, options: { customMetadata: Record<string, string> }): Promise<unknown>;
  delete(name: string): Promise<void>;
}

interface BucketObject {
  readonly customMetadata?: Readonly<Record<string, string>>;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** A bucket: all locations see the same. What ended is removed when it is asked for, all else by the bucket's lifecycle rule. */
export function bucketStorage(bucket: Bucket): ObjectStorage {
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
export function cacheStorage(storage: Pick<CacheStorage, 'open'>, cacheName: string): ObjectStorage {
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
