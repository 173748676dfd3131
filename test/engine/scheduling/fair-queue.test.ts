import { expect, test } from 'vitest';
import { createFairQueue, type FairQueue } from '../../../src/engine/scheduling/fair-queue.ts';

interface Job {
  readonly name: string;
}

function queueOf(...names: string[]): FairQueue<Job> {
  const queue = createFairQueue<Job>();
  for (const name of names) add(queue, name);
  return queue;
}

/** `a1` is a job of client a, `A1` one whose speech is being heard. */
function add(queue: FairQueue<Job>, name: string): Job {
  const letter = name.charAt(0);
  const job = { name };
  queue.add(job, { client: letter.toLowerCase(), heard: letter !== letter.toLowerCase() });
  return job;
}

function serveAll(queue: FairQueue<Job>): string {
  const served: string[] = [];
  while (queue.size > 0) {
    const [next] = queue.inOrder();
    if (!next) throw new Error('It has a size but nobody is next.');
    queue.serve(next);
    served.push(next.name);
  }
  return served.join(' ');
}

test('what inOrder says is what happens', () => {
  const names = ['a1', 'a2', 'b1', 'a3', 'c1', 'b2', 'a4'];
  const told = [...queueOf(...names).inOrder()].map(({ name }) => name).join(' ');
  expect(told).toBe('a1 b1 c1 a2 b2 a3 a4');
  expect(serveAll(queueOf(...names))).toBe(told);
});

test('a client that was served goes behind those that were not', () => {
  const queue = queueOf('a1', 'a2', 'b1');
  const [first] = queue.inOrder();
  if (first) queue.serve(first);
  add(queue, 'c1');
  expect(serveAll(queue)).toBe('b1 a2 c1');
});

test('speech that is being heard goes first, but newcomers get one turn in five', () => {
  const heard = Array.from({ length: 10 }, (_, i) => `H${i}`);
  expect(serveAll(queueOf('a1', 'a2', 'a3', ...heard))).toBe('H0 H1 H2 H3 a1 H4 H5 H6 H7 a2 H8 H9 a3');
});

test('who leaves uses no turn', () => {
  const queue = queueOf('a1', 'a2', 'b1');
  const [first] = queue.inOrder();
  expect(first && queue.remove(first)).toBe(true);
  expect(first && queue.remove(first)).toBe(false);
  expect(serveAll(queue)).toBe('a2 b1');
});

test('ahead counts those with an earlier turn, not everyone', () => {
  const queue = queueOf('a1', 'a2', 'a3', 'b1', 'X1');
  expect(queue.ahead({ client: 'a' })).toBe(1 + 3 + 1);
  expect(queue.ahead({ client: 'b' })).toBe(1 + 1 + 2);
  expect(queue.ahead({ client: 'new' })).toBe(1 + 1 + 1);
  expect(queue.ahead({ client: 'new', heard: true })).toBe(1);
});

test('the newest job of the largest client makes room, unless that is the asker itself', () => {
  const queue = queueOf('a1', 'a2', 'a3', 'b1', 'b2');
  expect(queue.crowding({ client: 'new' })?.name).toBe('a3');
  expect(queue.crowding({ client: 'b' })).toBeUndefined();
  expect(queue.crowding({ client: 'a' })).toBeUndefined();
});
