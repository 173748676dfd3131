import { expect, test } from 'vitest';
import { createUsageBook } from '../../src/services/usage.ts';
import { createMemoryState } from '../../src/state/memory.ts';
import { createFakeClock } from '../stream/fake-clock.ts';

const flushedMs = 10_000;

test('usage is told, and written again, though a write was stopped with the request that began it', async () => {
  const clock = createFakeClock();
  const { records } = createMemoryState({ maxBytes: 1e6 }, clock);
  let isStopped = true;
  const get: typeof records.get = (...asked) => (isStopped ? new Promise(() => {}) : records.get(...asked));
  const book = createUsageBook({ ...records, get }, { clock });
  const month = new Date(clock.wallNow()).toISOString().slice(0, 7);
  book.count('one', { requests: 1 });
  const read = book.read('one');
  await expect.poll(() => clock.pending).toBe(2); // its own deadline, and the next flush
  clock.advance(flushedMs);
  expect(await read).toEqual(new Map());
  isStopped = false;
  book.count('one', { requests: 2 });
  expect((await book.read('one')).get(month)?.requests).toBe(2);
});
