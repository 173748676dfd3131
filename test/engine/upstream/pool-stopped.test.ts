import { expect, test } from 'vitest';
import type { Clock } from '../../../src/core/ports.ts';
import { createSlots } from '../../../src/engine/upstream/slots.ts';
import { createMemoryLeases } from '../../../src/state/memory.ts';
import { createSharedLeases, type LeaseBackend } from '../../../src/state/shared.ts';
import { createFakeClock, type FakeClock } from '../../stream/fake-clock.ts';
import { anOrigin, bytesOf } from '../fish/fish-client.ts';
import { held, open, place, poolOf, textsOf } from './pool-support.ts';

/** On Workers a request may be stopped without a word, and its alarms with it: here, those that are set while it runs. */
function stoppable(clock: FakeClock): Clock & { stopped: boolean } {
  const own = { ...clock, stopped: false };
  own.alarm = (ms, ring) => clock.alarm(ms, own.stopped ? () => {} : ring);
  return own;
}

const spot = { id: 'here', slots: 5, weight: 1 };
const breaker = { failures: 3, pauseMs: 1000 };

test('a slot of a request that was stopped is not counted for ever', async () => {
  const time = createFakeClock();
  const clock = stoppable(time);
  const slots = createSlots({ store: createMemoryLeases(time), leaseMs: 1000, breaker }, clock);
  clock.stopped = true;
  await slots.take([spot]);
  clock.stopped = false;
  const alive = await slots.take([spot]);
  expect(slots.taken()).toBe(2);
  for (let i = 0; i < 4; i++) time.advance(1000);
  expect(slots.taken()).toBe(1);
  await alive?.release();
  expect(slots.taken()).toBe(0);
});

test('who stands in line behind a request that was stopped has its turn', async () => {
  const origin = await anOrigin();
  const time = createFakeClock();
  const clock = stoppable(time);
  const pool = poolOf([place(origin)], {}, { clock, background: () => {} });
  const first = open(pool, `${held} Busy`);
  await origin.until(() => origin.queued === 1);
  clock.stopped = true;
  void open(pool, 'stopped');
  await origin.until(() => pool.pending === 1);
  clock.stopped = false;
  const next = open(pool, 'next');
  await origin.until(() => pool.pending === 2);
  for (let i = 0; i < 4; i++) time.advance(500);
  origin.release();
  for (const stream of await Promise.all([first, next])) await bytesOf(stream);
  expect(textsOf(origin).slice(1)).toEqual(['next']);
  time.advance(60_000);
  void open(pool, 'looks around');
  await origin.until(() => pool.pending === 0);
});

test('a lease that another request released is not renewed, although its alarm could not be called off', async () => {
  const time = createFakeClock();
  const foreign: Clock = {
    ...time,
    alarm: (ms, ring) => {
      time.alarm(ms, ring);
      return () => {};
    },
  };
  let renewals = 0;
  const backend: LeaseBackend = {
    take: async () => ({ placeId: spot.id, waitMs: undefined, status: new Map() }),
    renew: async () => void renewals++,
    release: async () => {},
    report: async () => {},
    look: async () => new Map(),
    watch: () => () => {},
    nudge() {},
  };
  const circuitBreaker = {
    ask: async <T>(work: () => Promise<T>): Promise<{ answer: T }> => ({ answer: await work() }),
  };
  const lease = await createSharedLeases(backend, foreign, circuitBreaker).take([spot], 3000);
  time.advance(1000);
  expect(renewals).toBe(1);
  await lease?.release();
  time.advance(10_000);
  expect(renewals).toBe(1);
});
