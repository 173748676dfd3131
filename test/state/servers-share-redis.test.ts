import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { StateStores } from '../../src/core/store.ts';
import { eventually, pause } from './check.ts';
import { missingRedis, type RedisServer, startRedis } from './redis-server.ts';
import { openServer } from './support.ts';

const script = fileURLToPath(new URL('./lease-server.ts', import.meta.url));
const slots = 3;
const place = { id: 'gpu', slots, weight: 1 };
const minute = 60_000;
const rule = { failures: 1, pauseMs: minute };

let redis: RedisServer;
const opened: StateStores[] = [];
const server = async (): ReturnType<typeof openServer> => {
  const one = await openServer(redis.url);
  opened.push(one.stores);
  return one;
};
beforeEach(async () => {
  if (!missingRedis) redis = await startRedis();
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((stores) => stores.close()));
  await redis?.kill();
});

const why = missingRedis ? ` (skipped: ${missingRedis})` : '';

describe.skipIf(missingRedis)(`servers that share Redis${why}`, () => {
  test('two processes never work at a place with more than its slots', async () => {
    const command = [script, redis.url, String(slots), '30000', 'work'];
    const run = async (): Promise<{ most: number; worked: number }> =>
      JSON.parse((await promisify(execFile)(process.execPath, command, { timeout: 50_000 })).stdout);
    const both = await Promise.all([run(), run()]);
    expect(Math.max(...both.map(({ most }) => most))).toBe(slots);
    for (const { worked } of both) expect(worked).toBeGreaterThan(0);
  });

  test('a killed server holds its slots no longer than the lease, a living one as long as it likes', async () => {
    const leaseMs = 4000; // renewed every third of it, if the machine does not stand still for longer
    const holder = spawn(process.execPath, [script, redis.url, String(slots), String(leaseMs), 'hold']);
    const { stores } = await server();
    try {
      await once(holder.stdout, 'data');
      await pause(2 * leaseMs);
      expect(await stores.leases.take([place], leaseMs)).toBeUndefined();
    } finally {
      holder.kill('SIGKILL');
    }
    const killed = performance.now();
    await eventually(() => stores.leases.take([place], leaseMs), 'a free slot');
    const waited = performance.now() - killed;
    expect(waited).toBeLessThan(4 * leaseMs); // the lease, its renewal shortly before the end, and a slow machine
    for (let i = 1; i < slots; i++)
      await eventually(() => stores.leases.take([place], leaseMs), 'the others');
  });

  test('a slot that one server frees wakes the others, and a place that one shut is shut for all', async () => {
    const [{ stores: one }, { stores: other }] = [await server(), await server()];
    const single = { ...place, slots: 1 };
    const lease = await one.leases.take([single], minute);
    let woken = 0;
    other.leases.watch(() => {
      woken++;
    });
    await lease?.release();
    await eventually(async () => woken > 0, 'a wake');
    await one.leases.report('gpu', 'failed', rule);
    expect(await other.leases.take([single], minute)).toBeUndefined();
    expect((await other.leases.status(['gpu'])).get('gpu')).toEqual({ taken: 0, shut: true });
  });

  test('without Redis each server counts alone, says so once, and joins again when it is back', async () => {
    const { stores, logs } = await server();
    const { leases, rates, blobs, records } = stores;
    const first = await leases.take([place], 900);
    await blobs.put('a', new Uint8Array(3), { maxAgeMs: minute });
    await redis.kill();
    const taken = [await leases.take([place], minute), await leases.take([place], minute)];
    expect(taken.every((lease) => lease !== undefined)).toBe(true);
    expect(await leases.take([place], minute)).toBeUndefined();
    const verdicts = await Promise.all(Array.from({ length: 50 }, () => rates.take('client', 1, 10, minute)));
    expect(verdicts.filter(({ allowed }) => allowed)).toHaveLength(10);
    await blobs.put('b', new Uint8Array(3), { maxAgeMs: minute });
    expect(await blobs.get('a')).toBeUndefined();
    await expect(records.get('words', 'a')).rejects.toThrow();
    await leases.report('gpu', 'worked', rule);
    expect(logs).toEqual(['Redis cannot be reached: this server counts alone']);

    await redis.restart();
    await eventually(async () => {
      await blobs.put('c', new Uint8Array(3), { maxAgeMs: minute });
      return (await blobs.get('c')) !== undefined;
    }, 'Redis is used again');
    expect(logs).toEqual(['Redis cannot be reached: this server counts alone', 'Redis is back']);
    const { stores: other } = await server();
    const counted = async (): Promise<number> => (await other.leases.status(['gpu'])).get('gpu')?.taken ?? 0;
    await eventually(async () => (await counted()) === 1, 'what runs is counted again with its next renewal');
    await first?.release();
    await eventually(async () => (await counted()) === 0, 'its end');
    for (const lease of taken) await lease?.release();
  });
});
