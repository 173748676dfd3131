import { expect, test } from 'vitest';
import { withTimeout } from '../../src/stream/deadline.ts';
import { createFakeClock } from './fake-clock.ts';

const never = new Promise<string>(() => {});

test('what is done in time settles as it does, and leaves no alarm behind', async () => {
  const clock = createFakeClock();
  expect(await withTimeout(Promise.resolve('done'), 100, clock, () => 'late')).toBe('done');
  await expect(withTimeout(Promise.reject(new Error('failed')), 100, clock, () => 'late')).rejects.toThrow(
    'failed',
  );
  expect(clock.pending).toBe(0);
});

test('what takes too long settles as the caller says', async () => {
  const clock = createFakeClock();
  const given = withTimeout(never, 100, clock, () => 'late');
  const thrown = withTimeout(never, 100, clock, () => {
    throw new Error('too late');
  });
  thrown.catch(() => {});
  clock.advance(99);
  expect(clock.pending).toBe(2);
  clock.advance(1);
  expect(await given).toBe('late');
  await expect(thrown).rejects.toThrow('too late');
});

test('what fails when nobody waits any more troubles nobody', async () => {
  const clock = createFakeClock();
  const { promise, reject } = Promise.withResolvers<string>();
  const late = withTimeout(promise, 100, clock, () => 'late');
  clock.advance(100);
  expect(await late).toBe('late');
  reject(new Error('unheard'));
  await new Promise((resolve) => setTimeout(resolve)); // an unhandled rejection would fail this file
});
