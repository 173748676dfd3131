import { expect, test } from 'vitest';
import { createRetryBudget, jitteredPauseMs, pause } from '../../../src/engine/scheduling/retry.ts';
import { ClientGone } from '../../../src/stream/cancel.ts';
import { createFakeClock } from '../../stream/fake-clock.ts';

function takeAll(budget: { take(): boolean }): number {
  let taken = 0;
  while (taken < 1000 && budget.take()) taken++;
  return taken;
}

test('a few retries are always there, a fifth of the requests on top', () => {
  const budget = createRetryBudget(createFakeClock());
  expect(takeAll(budget)).toBe(10);
  for (let i = 0; i < 100; i++) budget.request();
  expect(takeAll(budget)).toBe(20);
  expect(budget.take()).toBe(false);
});

test('what is older than a minute does not count', () => {
  const clock = createFakeClock();
  const budget = createRetryBudget(clock);
  for (let i = 0; i < 100; i++) budget.request();
  expect(takeAll(budget)).toBe(30);
  clock.advance(59_000);
  expect(budget.take()).toBe(false);
  clock.advance(1000);
  expect(takeAll(budget)).toBe(10);
});

test('pauses grow to a bound, and chance decides how much of them', () => {
  const longest = [0, 1, 2, 3, 4, 5, 6].map((retry) => jitteredPauseMs(retry, () => 1));
  expect(longest).toEqual([100, 200, 400, 800, 1600, 2000, 2000]);
  expect(jitteredPauseMs(5, () => 0)).toBe(0);
});

test('a pause ends when its client leaves, and leaves nothing behind', async () => {
  const clock = createFakeClock();
  const client = new AbortController();
  const leaving = pause(1000, clock, client.signal);
  client.abort();
  await expect(leaving).rejects.toBeInstanceOf(ClientGone);
  await expect(pause(1000, clock, client.signal)).rejects.toBeInstanceOf(ClientGone);
  const whole = pause(1000, clock, new AbortController().signal);
  clock.advance(1000);
  await whole;
  expect(clock.pending).toBe(0);
});
