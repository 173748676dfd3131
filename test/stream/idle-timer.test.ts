import { expect, test } from 'vitest';
import type { Clock } from '../../src/core/ports.ts';
import { boundWork, IdleTimer } from '../../src/stream/deadline.ts';
import { createFakeClock } from './fake-clock.ts';

test('barks when a wait has lasted as long as it may, however often it began anew', () => {
  const clock = createFakeClock();
  let barks = 0;
  const idleTimer = new IdleTimer(clock, () => barks++);
  for (let wait = 0; wait < 10; wait++) {
    idleTimer.expect(1000);
    clock.advance(900);
  }
  expect(barks).toBe(0);
  clock.advance(100);
  expect(barks).toBe(1);
  expect(clock.pending).toBe(0);
});

test('does not bark between waits, and keeps a shorter limit than the one before', () => {
  const clock = createFakeClock();
  let barks = 0;
  const idleTimer = new IdleTimer(clock, () => barks++);
  idleTimer.expect(1000);
  idleTimer.expect(undefined);
  clock.advance(5000);
  expect(barks).toBe(0);
  idleTimer.expect(1000);
  idleTimer.expect(100);
  clock.advance(100);
  expect(barks).toBe(1);
});

test('sets an alarm for many waits, not one for each', () => {
  const clock = createFakeClock();
  let alarms = 0;
  const counting: Clock = {
    ...clock,
    alarm(ms, ring) {
      alarms++;
      return clock.alarm(ms, ring);
    },
  };
  const idleTimer = new IdleTimer(counting, () => {});
  for (let wait = 0; wait < 1000; wait++) {
    idleTimer.expect(1000);
    clock.advance(1);
    idleTimer.expect(undefined);
  }
  expect(alarms).toBeLessThan(3);
  idleTimer.stop();
  expect(clock.pending).toBe(0);
});

test('a gap that is too long stops the work; one that ended in time, or comes after it, does not', () => {
  const clock = createFakeClock();
  const work = boundWork(clock);
  const gaps = work.watchGaps(1000, () => new Error('silent'));
  gaps.begin();
  clock.advance(900);
  gaps.end();
  clock.advance(5000);
  expect(work.failure).toBeUndefined();
  gaps.begin();
  clock.advance(1000);
  expect(work.failure?.message).toBe('silent');
  expect(work.signal.aborted).toBe(true);

  const over = boundWork(clock);
  const late = over.watchGaps(1000, () => new Error('silent'));
  over.end();
  late.begin();
  clock.advance(1000);
  expect(over.failure).toBeUndefined();
  expect(clock.pending).toBe(0);
});
