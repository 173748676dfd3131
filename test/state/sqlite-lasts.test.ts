import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { noise, same } from './blob-checks.ts';
import { eventually, pause } from './check.ts';
import { openLogged } from './support.ts';

const hour = 3_600_000;
const MiB = 1024 * 1024;
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fish-edge-sqlite-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('state in SQLite', () => {
  test('speech, records and what clients used survive a restart', async () => {
    const { stores } = await openLogged('sqlite', folder);
    const bytes = noise(700_000, 1);
    await stores.blobs.put('a', bytes, { maxAgeMs: hour, tags: ['voice'] });
    await stores.records.put('words', 'a', { alias: 'b' });
    await stores.rates.take('client', 4, 10, hour);
    await stores.close();
    const { stores: next } = await openLogged('auto', folder);
    const kept = await next.blobs.get('a');
    expect(same(kept?.bytes, bytes)).toBe(true);
    expect(await next.records.get('words', 'a')).toEqual({ alias: 'b' });
    expect((await next.rates.take('client', 7, 10, hour)).allowed).toBe(false);
    await next.blobs.purge('voice');
    expect(await next.blobs.get('a')).toBeUndefined();
    await next.close();
  });

  test('a server that is killed loses the last second at most', async () => {
    const script = `
      const { openLogged } = await import(${JSON.stringify(join(import.meta.dirname, 'support.ts'))});
      const { stores } = await openLogged('sqlite', ${JSON.stringify(folder)});
      await stores.blobs.put('a', new Uint8Array(1000).fill(7), { maxAgeMs: ${hour} });
      await stores.rates.take('client', 4, 10, ${hour});
      setTimeout(() => console.log('a second later'), 1000);
      setInterval(() => {}, 1000);`;
    const server = spawn(process.execPath, ['--input-type=module', '-e', script]);
    try {
      await once(server.stdout, 'data');
    } finally {
      server.kill('SIGKILL');
    }
    const { stores } = await openLogged('sqlite', folder);
    expect((await stores.blobs.get('a'))?.bytes).toEqual(new Uint8Array(1000).fill(7));
    expect((await stores.rates.take('client', 7, 10, hour)).allowed).toBe(false);
    await stores.close();
  });

  test('the file stays bounded however much is put, and the least used goes first', async () => {
    const maxBytes = 2 * MiB;
    const { stores } = await openLogged('sqlite', folder, maxBytes);
    for (let round = 0; round < 20; round++) {
      for (let i = 0; i < 8; i++) {
        await stores.blobs.put(`${round} ${i}`, noise(128 * 1024, i), { maxAgeMs: hour });
      }
      await pause(100);
      if (round > 0) await stores.blobs.get('0 0'); // used all the time
    }
    await stores.close();
    expect((await stat(join(folder, 'cache.db'))).size).toBeLessThan(2 * maxBytes);
    const { stores: next } = await openLogged('sqlite', folder, maxBytes);
    expect(await next.blobs.get('19 7')).toBeDefined();
    expect(await next.blobs.get('0 0')).toBeDefined();
    expect(await next.blobs.get('0 1')).toBeUndefined();
    await next.close();
  });

  test('two servers with one data folder disturb each other in nothing', async () => {
    const [{ stores: one, logs }, { stores: two, logs: others }] = [
      await openLogged('sqlite', folder),
      await openLogged('sqlite', folder),
    ];
    for (let i = 0; i < 40; i++) {
      await one.blobs.put(`one ${i}`, noise(20_000, i), { maxAgeMs: hour });
      await two.blobs.put(`two ${i}`, noise(20_000, i), { maxAgeMs: hour });
      await pause(25);
    }
    await eventually(() => one.blobs.get('two 39'), 'what the other wrote');
    await eventually(() => two.blobs.get('one 39'), 'what the first wrote');
    await Promise.all([one.close(), two.close()]);
    expect([logs, others]).toEqual([[], []]);
  });
});
