import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSqlite } from '../../src/adapters/local/sqlite.ts';
import { createMemoryFiles } from '../../src/state/memory.ts';
import { blobSchema, rateSchema, recordSchema } from '../../src/state/sqlite/sql.ts';
import { createSqliteState } from '../../src/state/sqlite/sqlite.ts';
import { realClock } from '../stream/fake-clock.ts';
import { noise, same } from './blob-checks.ts';

const hour = 3_600_000;
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fish-edge-full-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('a full disk is named once, and what was made is still there', async () => {
  const records = await openSqlite(join(folder, 'records.db'), { schema: recordSchema, safe: true });
  const cache = await openSqlite(join(folder, 'cache.db'), {
    schema: [...blobSchema, ...rateSchema],
    safe: false,
  });
  cache.all('PRAGMA max_page_count = 30'); // SQLite's own error of a full disk from here on
  const logs: string[] = [];
  const log = { warn: (message: string): void => void logs.push(message) };
  const bounds = { maxBytes: 8 << 20 };
  const stores = createSqliteState({ records, cache }, createMemoryFiles(), bounds, realClock, log);
  const bytes = noise(1_000_000, 1);
  for (const key of ['a', 'b', 'c']) await stores.blobs.put(key, bytes, { maxAgeMs: hour });
  await expect.poll(() => logs).toHaveLength(1);
  for (let i = 0; i < 5; i++) {
    await stores.blobs.put(`more ${i}`, bytes, { maxAgeMs: hour });
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  expect(logs).toEqual(['the disk is full: speech goes on, nothing new is kept']);
  expect(same((await stores.blobs.get('a'))?.bytes, bytes)).toBe(true);
  expect((await stores.rates.take('client', 1, 10, hour)).allowed).toBe(true);
  await stores.records.put('words', 'a', { alias: 'b' });
  await stores.close();
});
