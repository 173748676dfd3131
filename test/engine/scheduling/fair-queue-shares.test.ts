import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { SpeechFailure } from '../../../src/core/errors.ts';
import { createFairQueue, type Waiter } from '../../../src/engine/scheduling/fair-queue.ts';
import { createPace } from '../../../src/engine/scheduling/pace.ts';
import { makeRoom } from '../../../src/engine/scheduling/room.ts';

interface Request extends Waiter {
  readonly client: string;
}

/** A queue with one slot, which is taken. */
function createRoom(maxPending: number): {
  queue: ReturnType<typeof createFairQueue<Request>>;
  come(client: string, heard?: boolean): boolean;
} {
  const queue = createFairQueue<Request>();
  const room = { slots: 1, running: 1, maxPending, deadlineMs: 60_000 };
  const pace = createPace();
  pace.measure(1000);
  return {
    queue,
    come(client, heard = false) {
      const request = { client, heard };
      try {
        const { crowdedOut } = makeRoom(queue, request, room, pace);
        if (crowdedOut) queue.remove(crowdedOut);
      } catch (error) {
        if (!heard)
          expect((error as SpeechFailure).error).toMatchObject({
            code: 'overloaded',
            message: `All 1 slots are taken and ${maxPending} requests wait, as many as may (queue.max_pending). Please try again later.`,
          });
        return false;
      }
      queue.add(request, request);
      return true;
    },
  };
}

test('no client is refused while another has two places more', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 12 }),
      fc.array(fc.nat(4), { maxLength: 80 }),
      (maxPending, clients) => {
        const { queue, come } = createRoom(maxPending);
        for (const number of clients) {
          const client = `client ${number}`;
          if (!come(client)) {
            const held = Map.groupBy(queue.inOrder(), (each) => each.client);
            const own = held.get(client)?.length ?? 0;
            for (const line of held.values()) expect(line.length).toBeLessThan(own + 2);
          }
          expect(queue.size).toBeLessThanOrEqual(maxPending);
        }
      },
    ),
  );
});

test('clients that come to a full queue get the same number of places as the one that filled it', () => {
  const { queue, come } = createRoom(12);
  for (let i = 0; i < 50; i++) come('greedy');
  for (let i = 0; i < 50; i++) for (const client of ['b', 'c']) come(client);
  const held = Map.groupBy(queue.inOrder(), ({ client }) => client);
  expect([...held.values()].map((line) => line.length).sort()).toEqual([4, 4, 4]);
});

test('the streams of one client that are heard keep no newcomer out, and are bounded', () => {
  const { queue, come } = createRoom(10);
  for (let i = 0; i < 500; i++) come('greedy', true);
  expect(queue.size).toBe(110);
  expect(come('b')).toBe(true); // by the rule of turns it waits for four of them, not for all
  expect([...queue.inOrder()].findIndex(({ client }) => client === 'b')).toBeGreaterThan(0);
});
