import { expect, test } from 'vitest';
import type { LeaseStore } from '../../../src/core/store.ts';
import { createMemoryLeases } from '../../../src/state/memory.ts';
import { createFakeClock, realClock } from '../../stream/fake-clock.ts';
import { anOrigin, bytesOf } from '../fish/fish-client.ts';
import { held, open, place, poolOf, speak } from './pool-support.ts';

test('two servers that share leases never exceed the slots of an origin', async () => {
  const origin = await anOrigin({ secondsPerWord: 0.02, generationFactor: 0.5 });
  const leases = createMemoryLeases(realClock);
  const servers = [poolOf([place(origin)], { leases }), poolOf([place(origin)], { leases })];
  let most = 0;
  const watching = setInterval(() => {
    most = Math.max(most, origin.queued);
  }, 1);
  await Promise.all(servers.flatMap((server) => [1, 2, 3, 4, 5].map(() => speak(server, 'one two'))));
  clearInterval(watching);
  expect(most).toBe(1);
  expect(origin.spoken).toHaveLength(10);
});

const never = (): Promise<never> => new Promise(() => {});
const broken = (): Promise<never> => Promise.reject(new Error('The store is down.'));

test.each([
  ['fails', broken],
  ['hangs', never],
])('a store of leases that %s does not stop speech: the server counts for itself', async (_name, answer) => {
  const clock = createFakeClock();
  const near = createMemoryLeases(clock);
  const store: LeaseStore = {
    ...near,
    abilities: { ...near.abilities, shared: true }, // one in this process answers at once
    take: answer,
    status: answer,
    report: answer,
  };
  const origin = await anOrigin();
  const pool = poolOf([place(origin)], { leases: store }, { clock });
  const first = open(pool, `${held} one`);
  await origin.until(() => clock.pending > 0 || origin.spoken.length === 1);
  clock.advance(1000); // so long the store is waited for
  await origin.until(() => origin.queued === 1);
  const second = open(pool, 'two');
  await origin.until(() => pool.pending === 1);
  expect(pool.running).toBe(1);
  origin.release();
  for (const stream of await Promise.all([first, second])) await bytesOf(stream);
  expect(origin.spoken).toHaveLength(2);
});

test('a thousand requests of all fates leave no slot, alarm or socket behind', async () => {
  const origin = await anOrigin({ secondsPerWord: 0.01 });
  const clock = createFakeClock();
  const pool = poolOf([place(origin, { slots: 20 })], { maxPending: 2000 }, { clock });
  const fates = ['Hi', '[[status=500]] Hi', '[[dieBeforeHeaders]] Hi', '[[dieAfterBytes=300]] Hi', 'leaves'];
  const settled = Array.from({ length: 1000 }, async (_, i) => {
    const client = new AbortController();
    const text = fates[i % fates.length] ?? '';
    const opening = open(pool, text, { client: String(i % 7) }, client.signal);
    if (text === 'leaves') client.abort();
    await opening.then(bytesOf).catch(() => {});
  });
  await Promise.all(settled);
  await origin.until(() => pool.running === 0 && pool.pending === 0 && clock.pending === 0);
  await origin.until(() => origin.openSockets <= 21); // those that died are seen to a moment later
});
