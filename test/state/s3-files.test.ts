import { once } from 'node:events';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { StateStores } from '../../src/core/store.ts';
import { createFileStore, type FileStorage } from '../../src/state/files.ts';
import { createS3Files } from '../../src/state/s3-files.ts';
import { createFakeClock, realClock } from '../stream/fake-clock.ts';
import { noise, same } from './blob-checks.ts';
import { eventually } from './check.ts';
import { missingS3, type S3Server, startS3 } from './s3-server.ts';
import { type LoggedStores, openLogged } from './support.ts';

let s3: S3Server;
beforeAll(async () => {
  if (!missingS3) s3 = await startS3('voices', 'pages', 'crowd');
});
afterAll(() => s3?.kill());

/** A server that keeps nothing itself, with files in a bucket. */
async function server(store: string, secretKey = s3.secretKey): Promise<LoggedStores> {
  const one = await openLogged('memory', '/nonexistent', 8 << 20, {
    store,
    accessKey: s3.accessKey,
    secretKey,
  });
  onTestFinished(() => one.stores.close());
  return one;
}

const storageAt = (url: string, clock = realClock): FileStorage =>
  createS3Files({ url, region: 'us-east-1', accessKey: 'ACCESSKEY', secretKey: 'SECRETKEY' }, fetch, clock);

/** Does what no store should, on loopback until the test ends. */
async function serve(answer: RequestListener): Promise<string> {
  const bad = createHttpServer(answer).listen(0, '127.0.0.1');
  await once(bad, 'listening');
  onTestFinished(() => {
    bad.closeAllConnections();
    bad.close();
  });
  return `http://127.0.0.1:${(bad.address() as AddressInfo).port}/bucket`;
}

const failureOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'none',
    (error: unknown) => String(error),
  );

const why = missingS3 ? ` (skipped: ${missingS3})` : '';

describe.skipIf(missingS3)(`files in an S3-compatible store${why}`, () => {
  test('two servers see the same, a folder of the bucket is a world of its own', async () => {
    const bucket = s3.bucket('voices');
    const [one, two, apart] = [
      await server(bucket),
      await server(bucket),
      await server(`${bucket}/a/folder`),
    ];
    const bytes = noise(2_000_000, 1);
    await one.stores.files.put('voices/a.wav', bytes);
    await apart.stores.files.put('voices/b.wav', noise(10, 2));
    expect(same(await two.stores.files.get('voices/a.wav'), bytes)).toBe(true);
    expect(await apart.stores.files.list('')).toEqual([{ name: 'voices/b.wav', bytes: 10 }]);
    for (const { stores } of [one, apart]) await stores.close();
    const restarted = await server(bucket);
    expect(same(await restarted.stores.files.get('voices/a.wav'), bytes)).toBe(true);
    expect(await two.stores.files.delete('voices/a.wav')).toBe(true);
    expect(await one.stores.files.get('voices/a.wav')).toBeUndefined();
    expect(await apart.stores.files.get('voices/b.wav')).toBeDefined();
    expect([one.logs, two.logs, apart.logs]).toEqual([[], [], []]);
  });

  test('a list of more than a page is whole', async () => {
    const url = s3.bucket('pages');
    const storage = createS3Files({ url, region: 'us-east-1', ...s3 }, fetch, realClock);
    const names = Array.from({ length: 1003 }, (_, index) => `voices/${String(index).padStart(4, '0')}`);
    const left = [...names];
    const putting = async (): Promise<void> => {
      for (let name = left.pop(); name !== undefined; name = left.pop())
        await storage.write(name, new Uint8Array(3));
    };
    await Promise.all(Array.from({ length: 16 }, putting));
    expect((await storage.list('voices/')).map(({ name }) => name).sort()).toEqual(names);
  });

  test('a key that the store refuses, and a bucket that it lacks, are one clear line at the start', async () => {
    const wrongKey = await failureOf(server(s3.bucket('voices'), 'wrong-secret'));
    expect(wrongKey).toMatch(
      /files\.store: the bucket at 127\.0\.0\.1:\d+: .*answered 403 \(SignatureDoesNotMatch\)$/,
    );
    expect(wrongKey).not.toMatch(/wrong-secret|\n/);
    expect(await failureOf(server(s3.bucket('none')))).toMatch(/answered 404 \(NoSuchBucket\)$/);
  });

  test('a store that is away is told at the start, fails without its address, and is used when it is back', async () => {
    const own = await startS3('voices');
    onTestFinished(() => own.kill());
    await own.kill();
    const { stores, logs } = await server(own.bucket('voices'));
    expect(logs).toEqual(['the file store cannot be used for now']);
    const failures = await tryAll(stores);
    for (const failure of failures)
      expect(failure).toBe('Error: the file store cannot be reached (ECONNREFUSED)');
    await own.restart();
    await eventually(
      async () => (await failureOf(stores.files.put('a', new Uint8Array(1)))) === 'none',
      'a file',
    );
  });
});

const tryAll = ({ files }: StateStores): Promise<string[]> =>
  Promise.all(
    [files.get('a'), files.put('a', new Uint8Array(1)), files.delete('a'), files.list('')].map(failureOf),
  );

describe('a file store that misbehaves', () => {
  test('one that stays silent has a deadline', async () => {
    const silent = createServer(() => {}).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    onTestFinished(() => void silent.close());
    const clock = createFakeClock();
    const storage = storageAt(`http://127.0.0.1:${(silent.address() as AddressInfo).port}/bucket`, clock);
    const asked = [
      storage.list(''),
      storage.read('a', 10),
      storage.write('a', new Uint8Array(1)),
      storage.remove('a'),
    ];
    const failures = Promise.all(asked.map(failureOf));
    clock.advance(60_000);
    const silence = (seconds: number): string => `Error: the file store gave no answer in ${seconds} s`;
    expect(await failures).toEqual([silence(10), silence(60), silence(60), silence(10)]);
  });

  test('one that never stops sending is cut off at the size of the largest file', async () => {
    let closed = false;
    const url = await serve((_, response) => {
      response.on('close', () => {
        closed = true;
      });
      const send = (): void =>
        void response.write(new Uint8Array(65_536), (error) => error ?? setImmediate(send));
      send();
    });
    const failure = await failureOf(storageAt(url).read('a', 1_000_000));
    expect(failure).toBe('Error: the file store answered with more than was put');
    await expect.poll(() => closed).toBe(true);
  });

  test('one that pages for ever ends', async () => {
    const url = await serve((_, response) =>
      response.end('<IsTruncated>true</IsTruncated><NextContinuationToken>again</NextContinuationToken>'),
    );
    expect(await failureOf(storageAt(url).list(''))).toBe('Error: the file store lists more than 100 pages');
  });

  test('what it says besides its code, a redirect, and keys of others stay out', async () => {
    const url = await serve((request, response) => {
      if (request.method === 'PUT') return void response.writeHead(507).end('<Code>XMinioStorageFull</Code>');
      if (request.url?.includes('list-type')) {
        const entry = (key: string): string => `<Contents><Key>${key}</Key><Size>5</Size></Contents>`;
        return void response.end(['a', 'b&amp;c', '../up'].map(entry).join(''));
      }
      if (request.url?.endsWith('moved'))
        return void response.writeHead(307, { location: 'http://127.0.0.1:1/' }).end();
      response.writeHead(403).end('<Code>Bad code with http://inside</Code><Key>SECRETKEY</Key>');
    });
    const storage = storageAt(url);
    expect(await failureOf(storage.read('a', 10))).toBe('S3Refusal: the file store answered 403');
    expect(await failureOf(storage.read('moved', 10))).toBe('S3Refusal: the file store answered 307');
    const files = createFileStore(storage, 100, { lasting: true, shared: true });
    expect(await files.list('')).toEqual([{ name: 'a', bytes: 5 }]);
    const full = await failureOf(storage.write('a', new Uint8Array(1)));
    expect(full).toBe('RangeError: There is no room in the file store.');
  });
});
