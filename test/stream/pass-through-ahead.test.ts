import { expect, test } from 'vitest';
import type { StreamOutcome } from '../../src/core/ports.ts';
import { passThrough } from '../../src/stream/pass-through.ts';
import { sizedReader } from '../../src/stream/pull.ts';
import { createFakeClock } from './fake-clock.ts';
import { handFed, settle } from './sources.ts';

test('reads a byte stream into buffers that grow with what comes and shrink again', async () => {
  const sizes: number[] = [];
  const lengths = [4096, 8192, 16_384, 100, 100, 100];
  const source = new ReadableStream<Uint8Array>({
    type: 'bytes',
    pull(controller) {
      const request = (controller as ReadableByteStreamController).byobRequest;
      const length = lengths.shift();
      if (!request?.view || length === undefined) return;
      sizes.push(request.view.byteLength);
      request.respond(Math.min(length, request.view.byteLength));
    },
  });
  const reader = passThrough(source, { read: sizedReader }, createFakeClock()).getReader();
  for (let read = 0; read < 6; read++) await reader.read();
  expect(sizes).toEqual([4096, 8192, 16_384, 32_768, 16_384, 8192]);
});

test('reads ahead of a slow reader within its bound, and ends when the reader has it all', async () => {
  const clock = createFakeClock();
  const source = handFed();
  const ends: StreamOutcome[] = [];
  let taken = 0;
  const observer = {
    asked: () => {},
    came: (bytes: number) => {
      taken += bytes;
    },
    ended: () => undefined,
  };
  const options = { aheadBytes: 4, readerMs: 5000, observer, onEnd: (end: StreamOutcome) => ends.push(end) };
  const reader = passThrough(source.stream, options, clock).getReader();
  source.give(1, 2);
  source.give(3, 4);
  source.give(5, 6);
  await settle();
  expect(taken).toBe(4); // the third waits
  expect((await reader.read()).value).toEqual(Uint8Array.of(1, 2));
  source.close();
  await settle();
  expect(ends).toEqual([]); // the source is done, its reader is not
  expect((await reader.read()).value).toEqual(Uint8Array.of(3, 4));
  expect((await reader.read()).value).toEqual(Uint8Array.of(5, 6));
  expect((await reader.read()).done).toBe(true);
  expect(ends).toEqual([{ outcome: 'finished', bytes: 6, error: undefined }]);
  expect(clock.pending).toBe(0);
});

test('a reader that leaves what was read ahead has left', async () => {
  const clock = createFakeClock();
  const source = handFed();
  const ends: StreamOutcome[] = [];
  const reader = passThrough(
    source.stream,
    { aheadBytes: 10, readerMs: 5000, onEnd: (end) => ends.push(end) },
    clock,
  ).getReader();
  source.give(1, 2);
  source.give(3, 4);
  source.close();
  await reader.read();
  await settle();
  await reader.cancel();
  expect(ends.map(({ outcome }) => outcome)).toEqual(['cancelled']);
  expect(clock.pending).toBe(0);
});
