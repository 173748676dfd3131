import { expect, test } from 'vitest';
import { createFairQueue, type FairQueue } from '../../../src/engine/scheduling/fair-queue.ts';
import { createPace, createSlack } from '../../../src/engine/scheduling/pace.ts';
import { createFakeClock } from '../../stream/fake-clock.ts';

const slots = 1;
const jobMs = 1000;
const characters = 100;

/** Jobs take 10 ms a character, and one of 100 characters was measured. */
function queueAt(clock = createFakeClock()): FairQueue<{ name: string }> {
  const pace = createPace();
  pace.measure(jobMs, characters);
  return createFairQueue(createSlack(clock, pace, () => slots));
}

const order = (queue: FairQueue<{ name: string }>): string[] => [...queue.inOrder()].map(({ name }) => name);
const dueIn = (ms: number) => ({ heard: true, playbackDeadline: () => ms, characters });

test('a newcomer goes before speech that has enough to be heard meanwhile', () => {
  const queue = queueAt();
  queue.add({ name: 'heard' }, dueIn(10_000));
  queue.add({ name: 'newcomer' }, { characters });
  expect(order(queue)).toEqual(['newcomer', 'heard']);
});

test('speech that would fall silent meanwhile goes before a newcomer', () => {
  const queue = queueAt();
  queue.add({ name: 'newcomer' }, { characters });
  queue.add({ name: 'heard' }, dueIn(2 * jobMs));
  expect(order(queue)).toEqual(['heard', 'newcomer']);
});

test('what a newcomer asks for decides whether there is time for it', () => {
  const queue = queueAt();
  queue.add({ name: 'long' }, { characters: 50 * characters });
  queue.add({ name: 'heard' }, dueIn(10_000));
  expect(order(queue)).toEqual(['heard', 'long']);
});

test('time passes: speech that could wait cannot any more', () => {
  const clock = createFakeClock();
  const queue = queueAt(clock);
  queue.add({ name: 'newcomer' }, { characters });
  queue.add({ name: 'heard' }, dueIn(10_000));
  expect(order(queue)).toEqual(['newcomer', 'heard']);
  clock.advance(9000);
  expect(order(queue)).toEqual(['heard', 'newcomer']);
});

test('of those that are heard the one goes first that falls silent first', () => {
  const queue = queueAt();
  for (const ms of [3000, 1000, 2000]) queue.add({ name: String(ms) }, dueIn(ms));
  queue.add({ name: 'unknown' }, { heard: true });
  expect(order(queue)).toEqual(['unknown', '1000', '2000', '3000']);
});

test('many that are heard leave no time where one would', () => {
  const queue = queueAt();
  queue.add({ name: 'newcomer' }, { characters });
  for (let i = 0; i < 10; i++) queue.add({ name: 'heard' }, dueIn(10_000));
  expect(order(queue)[0]).toBe('heard');
});
