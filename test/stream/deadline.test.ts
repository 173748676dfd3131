import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { ClientGone } from '../../src/stream/cancel.ts';
import { boundWork } from '../../src/stream/deadline.ts';
import { createFakeClock } from './fake-clock.ts';

const late = (): Error => new Error('late');
const never = new Promise<never>(() => {});

test('the first reason to stop is the failure, and the signal carries it', () => {
  const clock = createFakeClock();
  const caller = new AbortController();
  const work = boundWork(clock, caller.signal);
  work.limit(100, late);
  work.limit(200, () => new Error('much too late'));
  clock.advance(150);
  caller.abort('left');
  clock.advance(150);
  expect(work.failure?.message).toBe('late');
  expect(work.signal.reason).toBe(work.failure);
  expect(clock.pending).toBe(0);
});

test('a caller that leaves, or had left before, is ClientGone whatever its reason', () => {
  for (const reason of ['text', new DOMException('x', 'AbortError'), undefined]) {
    const caller = new AbortController();
    const before = boundWork(createFakeClock(), caller.signal);
    caller.abort(reason);
    const after = boundWork(createFakeClock(), caller.signal);
    for (const work of [before, after]) {
      expect(work.failure).toBeInstanceOf(ClientGone);
      expect(work.signal.aborted).toBe(true);
    }
  }
});

test('a deadline that is called off does not ring', () => {
  const clock = createFakeClock();
  const work = boundWork(clock);
  work.limit(100, late)();
  clock.advance(1000);
  expect(work.failure).toBeUndefined();
});

test('after the end nothing stops the work, and nothing is held', () => {
  const clock = createFakeClock();
  const caller = new AbortController();
  const work = boundWork(clock, caller.signal);
  work.limit(100, late);
  expect(getEventListeners(caller.signal, 'abort')).toHaveLength(1);
  work.end();
  expect(getEventListeners(caller.signal, 'abort')).toHaveLength(0);
  expect(clock.pending).toBe(0);
  caller.abort();
  work.stop(late());
  work.limit(100, late);
  expect(clock.pending).toBe(0);
  expect(work.signal.aborted).toBe(false);
});

test('a race ends with the work even when its step never does', async () => {
  const clock = createFakeClock();
  const work = boundWork(clock);
  work.limit(100, late);
  const running = work.race(never);
  clock.advance(100);
  await expect(running).rejects.toThrow('late');
  await expect(work.race(never)).rejects.toThrow('late');
});

test('a race settles like its step while the work runs, and hides how the step broke once it is stopped', async () => {
  const work = boundWork(createFakeClock());
  expect(await work.race(Promise.resolve(7))).toBe(7);
  await expect(work.race(Promise.reject(new Error('own')))).rejects.toThrow('own');
  work.stop(late());
  await expect(work.race(Promise.reject(new Error('aborted')))).rejects.toThrow('late');
});
