import { expect, test } from 'vitest';
import type { StreamOutcome } from '../../src/core/ports.ts';
import { passThrough, ReaderStalled } from '../../src/stream/pass-through.ts';
import { createFakeClock } from './fake-clock.ts';
import { handFed, settle } from './sources.ts';

type Reader = ReadableStreamDefaultReader<Uint8Array>;

const silent = { ms: 30_000, failure: () => new Error('the source is silent') };

test('hands chunks on, skips empty ones, closes, and leaves no alarm behind', async () => {
  const clock = createFakeClock();
  const source = handFed();
  const reader = passThrough(source.stream, { source: silent, readerMs: 5000 }, clock).getReader();
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
  const reader = passThrough(source.stream, { source: silent, readerMs: 5000 }, clock).getReader();
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
  const reader = passThrough(source.stream, { source: silent }, clock).getReader();
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

test('a signal that aborts breaks it, though the source was never told', async () => {
  const clock = createFakeClock();
  const source = handFed();
  const work = new AbortController();
  const ends: StreamOutcome[] = [];
  const watch = { asked() {}, came() {}, ended: () => undefined, signal: work.signal };
  const body = passThrough(
    source.stream,
    { observer: watch, readerMs: 5000, onEnd: (end) => ends.push(end) },
    clock,
  );
  const read = body.getReader().read();
  await settle();
  work.abort(new Error('too late'));
  await expect(read).rejects.toThrow('too late');
  expect(source.cancelled).toBeDefined();
  expect(ends).toMatchObject([{ outcome: 'error' }]);
  expect(clock.pending).toBe(0);
});

test('a reader that takes nothing for too long loses its source', async () => {
  const clock = createFakeClock();
  const source = handFed();
  const reader = passThrough(source.stream, { readerMs: 5000 }, clock).getReader();
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
  passThrough(source.stream, { readerMs: 5000 }, clock);
  clock.advance(5000);
  expect(source.cancelled).toBeDefined();
});

test('cancelling reaches the source and clears the alarms, also while a read is pending', async () => {
  const clock = createFakeClock();
  const source = handFed();
  const reader = passThrough(source.stream, { source: silent, readerMs: 5000 }, clock).getReader();
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
  const reader = passThrough(source.stream, { source: silent }, clock).getReader();
  source.fail(new Error('cut'));
  await expect(reader.read()).rejects.toThrow('cut');
  expect(clock.pending).toBe(0);
});

test('hands out its own first bytes before it asks the source', async () => {
  const source = handFed();
  const own = Uint8Array.of(82, 73);
  const reader = passThrough(source.stream, { first: own }, createFakeClock()).getReader();
  expect((await reader.read()).value).toEqual(own);
  expect(source.pulls).toBe(0);
  source.give(1);
  expect((await reader.read()).value).toEqual(Uint8Array.of(1));
});

test('tells once how it ended, with the bytes handed on: finished, broken, left, stalled', async () => {
  const clock = createFakeClock();
  const ends: StreamOutcome[] = [];
  const begin = async (): Promise<{ source: ReturnType<typeof handFed>; reader: Reader }> => {
    const source = handFed();
    const first = Uint8Array.of(0);
    const onEnd = (end: StreamOutcome): void => void ends.push(end);
    const reader = passThrough(source.stream, { first, readerMs: 5000, onEnd }, clock).getReader();
    await reader.read();
    source.give(1, 2);
    await reader.read();
    return { source, reader };
  };
  const finished = await begin();
  finished.source.close();
  await finished.reader.read();
  const broken = await begin();
  broken.source.fail(new Error('cut'));
  await expect(broken.reader.read()).rejects.toThrow('cut');
  const left = await begin();
  await left.reader.cancel();
  await begin();
  clock.advance(5000);
  expect(ends.map(({ outcome, bytes }) => [outcome, bytes])).toEqual([
    ['finished', 3],
    ['error', 3],
    ['cancelled', 3],
    ['cancelled', 3],
  ]);
});

test('tells its watch what it waits for, and ends with the flaw that the watch finds', async () => {
  const told: string[] = [];
  const source = handFed();
  const observer = {
    asked: () => void told.push('asked'),
    came: (bytes: number) => void told.push(`came ${bytes}`),
    ended: () => new Error('half a frame'),
  };
  const reader = passThrough(source.stream, { observer }, createFakeClock()).getReader();
  source.give(1, 2, 3);
  await reader.read();
  expect(told).toEqual(['asked', 'came 3']);
  source.close();
  await expect(reader.read()).rejects.toThrow('half a frame');
});
