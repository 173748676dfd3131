import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readAll, readUpTo, TooLarge } from '../../src/stream/read.ts';
import { handFed } from './sources.ts';

function streamOf(chunks: readonly Uint8Array[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
}

const bytes = fc.array(fc.uint8Array({ maxLength: 40_000 }), { maxLength: 6 });

test('reads every byte in order, however it is cut, and reports too much exactly when there is too much', async () => {
  await fc.assert(
    fc.asyncProperty(bytes, fc.nat(100_000), async (chunks, limit) => {
      const all = Buffer.concat(chunks);
      const start = await readUpTo(streamOf(chunks), limit);
      expect(Buffer.from(start.bytes).equals(all.subarray(0, limit))).toBe(true);
      expect(start.whole).toBe(all.length <= limit);
      if (all.length > limit) await expect(readAll(streamOf(chunks), limit)).rejects.toBeInstanceOf(TooLarge);
      else expect(Buffer.from(await readAll(streamOf(chunks), limit)).equals(all)).toBe(true);
    }),
    { numRuns: 60 },
  );
});

test('stops reading and cancels the source at the chunk that is too much', async () => {
  const source = handFed();
  source.give(1, 2, 3);
  source.give(4, 5, 6);
  source.give(7);
  await expect(readAll(source.stream, 5)).rejects.toMatchObject({ limitBytes: 5 });
  expect(source.cancelled?.reason).toBeInstanceOf(TooLarge);
  expect(source.pulls).toBe(0);
});

test('fails as its source fails', async () => {
  const source = handFed();
  source.give(1);
  const reading = readAll(source.stream, 5);
  source.fail(new Error('cut'));
  await expect(reading).rejects.toThrow('cut');
});
