import { AwsV4Signer } from 'aws4fetch';
import { sha256 } from '../core/hash.ts';
import type { Clock } from '../core/ports.ts';
import { boundWork } from '../stream/deadline.ts';
import { readAll, TooLarge } from '../stream/read.ts';
import type { FileStorage, StoredFile } from './files.ts';

/** A bucket of an S3-compatible store, addressed by path: `https://endpoint/bucket`, with a folder behind it or not. */
export interface S3Bucket {
  readonly url: string;
  readonly region: string;
  readonly accessKey: string;
  readonly secretKey: string;
}

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** For a call with its whole answer; one that carries a file of megabytes has more. */
const CALL_MS = 10_000;
const FILE_MS = 60_000;
/** What a page of a list may have: a thousand entries of less than a kilobyte. */
const MAX_LIST_BYTES = 4 * 1024 * 1024;
const MAX_PAGES = 100;
/** Of what is said with a refusal. */
const MAX_REFUSAL_BYTES = 64 * 1024;
const noRoom: readonly (string | undefined)[] = [
  'QuotaExceeded',
  'XMinioStorageFull',
  'InsufficientCapacity',
];

/** It answered, but not as asked. The message names neither the address nor a key. */
export class S3Refusal extends Error {
  readonly status: number;
  readonly code: string | undefined;
  constructor(status: number, code: string | undefined) {
    super(`the file store answered ${status}${code === undefined ? '' : ` (${code})`}`);
    this.name = 'S3Refusal';
    this.status = status;
    this.code = code;
  }
}

interface Call {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'DELETE';
  readonly url: string;
  readonly body?: Uint8Array | undefined;
  readonly ms: number;
  /** Of the answer. */
  readonly maxBytes: number;
}

interface Answer {
  readonly status: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Files as objects of their own names. A store puts an object whole or not at all, and checks its sha256. */
export function createS3Files(bucket: S3Bucket, fetch: Fetch, clock: Clock): FileStorage {
  const { bucketUrl, folder } = splitUrl(bucket.url);
  const objectUrl = (name: string): string => `${bucketUrl}/${encodeKey(folder + name)}`;

  /** @throws Error when it does not answer in time, or with more than `maxBytes` */
  const call = async ({ method, url, body, ms, maxBytes }: Call): Promise<Answer> => {
    const work = boundWork(clock);
    work.limit(ms, () => new Error(`the file store gave no answer in ${ms / 1000} s`));
    try {
      const { headers } = await sign(bucket, method, url, body);
      const init = { method, headers, redirect: 'manual', signal: work.signal } as const;
      const sent = body && { body: body as Uint8Array<ArrayBuffer> };
      const response = await work.race(fetch(url, { ...init, ...sent }));
      const limit = response.ok ? maxBytes : MAX_REFUSAL_BYTES;
      const bytes = response.body ? await work.race(readAll(response.body, limit)) : new Uint8Array();
      return { status: response.status, bytes };
    } catch (error) {
      throw work.failure ?? unreachable(error);
    } finally {
      work.end();
    }
  };
  /** Undefined for what is not there. @throws S3Refusal for any other refusal */
  const ask = async (asked: Call): Promise<Uint8Array<ArrayBuffer> | undefined> => {
    const { status, bytes } = await call(asked);
    if (status >= 200 && status <= 299) return bytes;
    const code = element('Code', new TextDecoder().decode(bytes));
    if (status === 404 && code !== 'NoSuchBucket') return undefined;
    throw new S3Refusal(status, code !== undefined && /^\w{1,64}$/.test(code) ? code : undefined);
  };

  return {
    read: (name, maxBytes) => ask({ method: 'GET', url: objectUrl(name), ms: FILE_MS, maxBytes }),
    async write(name, bytes) {
      try {
        const call = { method: 'PUT', url: objectUrl(name), body: bytes, ms: FILE_MS } as const;
        const put = await ask({ ...call, maxBytes: MAX_REFUSAL_BYTES });
        if (!put) throw new S3Refusal(404, undefined);
      } catch (error) {
        const isFull = error instanceof S3Refusal && (error.status === 507 || noRoom.includes(error.code));
        throw isFull ? new RangeError('There is no room in the file store.') : error;
      }
    },
    async remove(name) {
      const url = objectUrl(name);
      const found = await ask({ method: 'HEAD', url, ms: CALL_MS, maxBytes: 0 });
      if (found) await ask({ method: 'DELETE', url, ms: CALL_MS, maxBytes: MAX_REFUSAL_BYTES });
      return found !== undefined;
    },
    async list(prefix) {
      const found: StoredFile[] = [];
      let token: string | undefined;
      for (let page = 0; page < MAX_PAGES; page++) {
        const query = new URLSearchParams({ 'list-type': '2', prefix: folder + prefix });
        if (token !== undefined) query.set('continuation-token', token);
        const url = `${bucketUrl}?${query}`;
        const bytes = await ask({ method: 'GET', url, ms: CALL_MS, maxBytes: MAX_LIST_BYTES });
        if (!bytes) throw new S3Refusal(404, undefined);
        const text = new TextDecoder().decode(bytes);
        found.push(...readPage(text, folder));
        token = element('NextContinuationToken', text);
        if (element('IsTruncated', text) !== 'true' || token === undefined) return found;
      }
      throw new Error(`the file store lists more than ${MAX_PAGES} pages`);
    },
  };
}

/** The bucket is the first part of the path; what follows is a folder in it. */
function splitUrl(address: string): { readonly bucketUrl: string; readonly folder: string } {
  const { origin, pathname } = new URL(address);
  const [bucket = '', ...folders] = pathname.split('/').filter((part) => part !== '');
  return {
    bucketUrl: `${origin}/${bucket}`,
    folder: folders.map((part) => `${decodeURIComponent(part)}/`).join(''),
  };
}

/** Each part as RFC 3986 has it, so that the store and the signature mean the same. */
function encodeKey(key: string): string {
  const percent = (sign: string): string => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`;
  return key
    .split('/')
    .map((part) => encodeURIComponent(part).replace(/[!'()*]/g, percent))
    .join('/');
}

async function sign(
  { region, accessKey, secretKey }: S3Bucket,
  method: string,
  url: string,
  body: Uint8Array | undefined,
): Promise<{ readonly headers: Headers }> {
  const headers = {
    'x-amz-content-sha256': await sha256(body ?? new Uint8Array()),
    ...(body && { 'content-type': 'application/octet-stream' }),
  };
  const keys = { accessKeyId: accessKey, secretAccessKey: secretKey };
  return new AwsV4Signer({ ...keys, service: 's3', region, method, url, headers }).sign();
}

/** What an answer of ListObjectsV2 names. Our names have no sign that XML writes otherwise; whatever has is not ours. */
function* readPage(text: string, folder: string): Generator<StoredFile, void, void> {
  for (const [, entry = ''] of text.matchAll(/<Contents>(.*?)<\/Contents>/gs)) {
    const key = element('Key', entry) ?? '';
    const bytes = Number(element('Size', entry));
    if (key.startsWith(folder) && Number.isSafeInteger(bytes))
      yield { name: key.slice(folder.length), bytes };
  }
}

function element(name: string, text: string): string | undefined {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1];
}

/** The code of the system at most: what a runtime says names addresses. */
function unreachable(error: unknown): Error {
  if (error instanceof TooLarge) return new Error('the file store answered with more than was put');
  const { code } = ((error as Error | undefined)?.cause ?? error ?? {}) as { readonly code?: unknown };
  const known = typeof code === 'string' && /^[A-Z_]{1,64}$/.test(code) ? ` (${code})` : '';
  return new Error(`the file store cannot be reached${known}`);
}
