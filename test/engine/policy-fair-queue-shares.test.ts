import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createFairQueue, type Waiter } from '../../src/engine/policy/fair-queue.ts';
import { createPace, makeRoom } from '../../src/engine/policy/pace.ts';
import { SpeechFailure } from '../../src/speech/errors.ts';

interface Request extends Waiter {
  readonly client: string;
}

/** A queue with one slot, which is taken. */
function createRoom(maxPending: number): { queue: ReturnType<typeof createFairQueue<Request>>; come(client: string): boolean } {
  const queue = createFairQueue<Request>();
  return {
    queue,
    come(client) {
      const request = { client };
      try {
        const { crowdedOut } = makeRoom(queue, request, { slots: 1, running: 1, maxPending }, createPace());
        if (crowdedOut) queue.remove(crowdedOut);
      } catch (error) {
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
    fc.property(fc.integer({ min: 1, max: 12 }), fc.array(fc.nat(4), { maxLength: 80 }), (maxPending, clients) => {
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
    }),
  );
});

test('clients that come to a full queue get the same number of places as the one that filled it', () => {
  const { queue, come } = createRoom(12);
  for (let i = 0; i < 50; i++) come('greedy');
  for (let i = 0; i < 50; i++) for (const client of ['b', 'c']) come(client);
  const held = Map.groupBy(queue.inOrder(), ({ client }) => client);
  expect([...held.values()].map((line) => line.length).sort()).toEqual([4, 4, 4]);
});
