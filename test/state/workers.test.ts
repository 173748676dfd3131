import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { convertV4MiniflareOptions, Miniflare } from 'miniflare';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startFakeOrigin } from '../fake-origin.ts';
import type { CheckResult } from './check.ts';

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
const bucket = { r2Buckets: ['SPEECH'] };

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
  readonly abilities: { readonly leases: object; readonly blobs: object };
}

describe('the stores on Workers', () => {
  test.each([
    ['a Durable Object and the cache', '', pool, true, false],
    ['a Durable Object and R2', '', { ...pool, ...bucket }, true, true],
    ['no binding', '', {}, false, false],
    ['memory, as asked for', '?store=memory', pool, false, false],
  ])('pass every check with %s', async (_, query, options, sharedLeases, sharedBlobs) => {
    start(options);
    const { results, abilities } = await ask<Report>(`/checks${query}`);
    expect(results.filter(({ error }) => error)).toEqual([]);
    expect(results.length).toBeGreaterThan(10);
    expect(abilities.leases).toMatchObject({ shared: sharedLeases, atomic: true });
    expect(abilities.blobs).toMatchObject({ shared: sharedBlobs });
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
