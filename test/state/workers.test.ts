import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { convertV4MiniflareOptions, Miniflare } from 'miniflare';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startFakeOrigin } from '../fake-origin.ts';
import type { CheckResult } from './check.ts';
import { missingS3, startS3 } from './s3-server.ts';

const root = join(import.meta.dirname, '../..');
let folder: string;
let worker: Miniflare | undefined;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fish-edge-state-workers-'));
  const config = join(import.meta.dirname, 'wrangler.toml');
  const wrangler = join(root, 'node_modules/wrangler/bin/wrangler.js');
  const args = [wrangler, 'deploy', '--dry-run', '--config', config, '--outdir', folder];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(`wrangler cannot build the bundle:\n${stdout}${stderr}`);
});
afterEach(async () => {
  await worker?.dispose();
  worker = undefined;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const pool = { durableObjects: { POOL: { className: 'Pool', useSQLite: true } } };
const speech = { r2Buckets: ['SPEECH'] };
const both = { r2Buckets: ['SPEECH', 'VOICES'] };
const whyNoS3 = missingS3 ? ` (skipped: ${missingS3})` : '';
/** Told once a file is put that has no bucket. */
const inIsolate = ['files are kept in the memory of this isolate and lost with it'];

/** `kept`: the folder where objects stay. */
function start(options: object, kept?: string): Miniflare {
  const compiled = readdirSync(folder)
    .filter((name) => name.endsWith('.wasm'))
    .map((name) => ({ type: 'CompiledWasm', path: join(folder, name) }) as const);
  worker = new Miniflare({
    ...convertV4MiniflareOptions({
      modulesRoot: folder,
      modules: [{ type: 'ESModule', path: join(folder, 'on-workers.js') }, ...compiled],
      compatibilityDate: '2026-11-01',
      ...options,
    }),
    ...(kept && { resourcePersistencePath: kept }),
  });
  return worker;
}

const ask = async <T>(path: string): Promise<T> => {
  const response = await worker?.dispatchFetch(`http://worker${path}`);
  return (await response?.json()) as T;
};

interface RoundTrips {
  readonly answers: readonly Answer[];
  /** Slots of the origin, after all. */
  readonly taken: number;
}

interface Answer {
  readonly status: number;
  /** Calls of Durable Objects, one behind the other, before its first byte. */
  readonly inARow: number;
  /** Their names, and those of calls that it did not wait for. */
  readonly before: readonly string[];
}

interface Report {
  readonly results: CheckResult[];
  readonly abilities: { readonly leases: object; readonly blobs: object; readonly files: object };
  readonly logs: readonly string[];
}

describe('the stores on Workers', () => {
  test.each([
    ['a Durable Object and the cache', '', pool, [true, false, false], inIsolate],
    ['a Durable Object and R2 for speech', '', { ...pool, ...speech }, [true, true, false], inIsolate],
    ['a Durable Object and R2 for all', '', { ...pool, ...both }, [true, true, true], []],
    ['no binding', '', {}, [false, false, false], inIsolate],
    ['memory, as asked for', '?store=memory', { ...pool, ...both }, [false, false, false], []],
  ])('pass every check with %s', async (_, query, options, shared, told) => {
    start(options);
    const { results, abilities, logs } = await ask<Report>(`/checks${query}`);
    const [sharedLeases, sharedBlobs, sharedFiles] = shared;
    expect(results.filter(({ error }) => error)).toEqual([]);
    expect(results.length).toBeGreaterThan(10);
    expect(abilities.leases).toMatchObject({ shared: sharedLeases, atomic: true });
    expect(abilities.blobs).toMatchObject({ shared: sharedBlobs });
    expect(abilities.files).toMatchObject({ shared: sharedFiles, lasting: sharedFiles });
    expect(logs).toEqual(told);
  });

  test.skipIf(missingS3)(`pass every check with files in an S3-compatible store${whyNoS3}`, async () => {
    const s3 = await startS3('voices');
    try {
      const { accessKey, secretKey } = s3;
      const texts = {
        FISH_FILES: s3.bucket('voices'),
        FISH_S3_ACCESS_KEY: accessKey,
        FISH_S3_SECRET_KEY: secretKey,
      };
      start({ ...pool, ...both, bindings: texts });
      const { results, abilities, logs } = await ask<Report>('/checks?files');
      expect(results.filter(({ error }) => error)).toEqual([]);
      expect(results.length).toBeGreaterThan(4);
      expect(abilities.files).toMatchObject({ shared: true, lasting: true });
      expect(logs).toEqual([]);
    } finally {
      await s3.kill();
    }
  });

  test('200 isolates at once get no more than the slots and the limit', async () => {
    start(pool);
    expect(await ask('/crowd')).toEqual({ leases: 7, allowed: 37 });
  });

  test.each([
    ['limits and slots', 'FISH_RATE_LIMIT=100&FISH_RATE_LIMIT_CHARACTERS=10000', 1],
    ['slots alone', '', 1],
    ['neither, as state is kept in memory', 'FISH_STATE=memory&FISH_RATE_LIMIT=100', 0],
  ])('%s: no more than one round trip before the first byte', async (_, settings, expected) => {
    start(pool);
    const origin = await startFakeOrigin();
    try {
      const { answers } = await ask<RoundTrips>(`/round-trips?origin=${origin.url}&${settings}`);
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
      // what is taught is learned with the first one, and again after a while
      const known = answers.map(({ inARow, before }) => inARow - (before.includes('listRecords') ? 1 : 0));
      expect(known, JSON.stringify(answers)).toEqual([expected, expected, expected]);
      expect(origin.spoken).toHaveLength(3);
    } finally {
      await origin.close();
    }
  });

  test('who may not ask takes no slot and no time of an origin, although that is found out side by side', async () => {
    start(pool);
    const origin = await startFakeOrigin();
    try {
      const { answers, taken } = await ask<RoundTrips>(
        `/round-trips?origin=${origin.url}&FISH_RATE_LIMIT=2&FISH_RATE_LIMIT_CHARACTERS=10000`,
      );
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
      expect(origin.spoken).toHaveLength(2);
      expect(taken).toBe(0);
    } finally {
      await origin.close();
    }
  });

  test('what the object counted outlives it', async () => {
    const kept = mkdtempSync(join(tmpdir(), 'fish-edge-objects-'));
    try {
      start(pool, kept);
      expect(await ask('/hold')).toEqual(['lasting', 'lasting']);
      await new Promise((resolve) => setTimeout(resolve, 1000)); // what is lost at most
      await worker?.dispose();
      start(pool, kept);
      expect(await ask('/look')).toEqual({ taken: 2, shut: false, remaining: 6, record: 1 });
    } finally {
      rmSync(kept, { recursive: true, force: true });
    }
  });
});
