import { expect, test } from 'vitest';
import { guardIdle, ReaderStalled } from '../../src/stream/idle.ts';
import { createFakeClock } from './fake-clock.ts';
import { handFed, settle } from './sources.ts';

const silent = { ms: 30_000, failure: () => new Error('the source is silent') };

test('hands chunks on, skips empty ones, closes, and leaves no alarm behind', async () => {
  const clock = createFakeClock();
  const source = handFed();
  const reader = guardIdle(source.stream, { source: silent, readerMs: 5000 }, clock).getReader();
  source.give();
  source.give(1, 2);
  source.close();
  expect(await reader.read()).toEqual({ done: false, value: Uint8Array.of(1, 2) });
  expect((await reader.read()).done).toBe(true);
  expect(clock.pending).toBe(0);
});

test('reads nothing ahead', async () => {
  const clock = createFakeClock();
  const source = handFed();
  const reader = guardIdle(source.stream, { source: silent, readerMs: 5000 }, clock).getReader();
  await settle();
  expect(source.pulls).toBe(0);
  const read = reader.read();
  await settle();
  expect(source.pulls).toBe(1);
  source.give(1);
  await read;
  await settle();
  expect(source.pulls).toBe(1);
});

test('a source that is silent for too long errors the stream and is cancelled', async () => {
  const clock = createFakeClock();
  const source = handFed();
  const reader = guardIdle(source.stream, { source: silent }, clock).getReader();
  const first = reader.read();
  clock.advance(29_999);
  source.give(1);
  await first;
  clock.advance(60_000); // nobody is waiting for the source now
  const second = reader.read();
  await settle();
  clock.advance(30_000);
  await expect(second).rejects.toThrow('the source is silent');
  expect(source.cancelled).toBeDefined();
  expect(clock.pending).toBe(0);
});

test('a reader that takes nothing for too long loses its source', async () => {
  const clock = createFakeClock();
  const source = handFed();
  const reader = guardIdle(source.stream, { readerMs: 5000 }, clock).getReader();
  source.give(1);
  await reader.read();
  clock.advance(5000);
  expect(source.cancelled).toBeDefined();
  await expect(reader.read()).rejects.toBeInstanceOf(ReaderStalled);
  expect(clock.pending).toBe(0);
});

test('a body that nobody ever reads loses its source', () => {
  const clock = createFakeClock();
  const source = handFed();
  guardIdle(source.stream, { readerMs: 5000 }, clock);
  clock.advance(5000);
  expect(source.cancelled).toBeDefined();
});

test('cancelling reaches the source and clears the alarms, also while a read is pending', async () => {
  const clock = createFakeClock();
  const source = handFed();
  const reader = guardIdle(source.stream, { source: silent, readerMs: 5000 }, clock).getReader();
  const read = reader.read();
  await settle();
  await reader.cancel('gone');
  expect((await read).done).toBe(true);
  expect(source.cancelled).toEqual({ reason: 'gone' });
  expect(clock.pending).toBe(0);
});

test('the error of a source passes through', async () => {
  const clock = createFakeClock();
  const source = handFed();
  const reader = guardIdle(source.stream, { source: silent }, clock).getReader();
  source.fail(new Error('cut'));
  await expect(reader.read()).rejects.toThrow('cut');
  expect(clock.pending).toBe(0);
});
