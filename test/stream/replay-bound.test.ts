import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Replay } from '../../src/stream/replay.ts';
import { readBytes, readSome } from './replay-readers.ts';
import { handFed, settle } from './sources.ts';

describe('the bound', () => {
  const block = 64 * 1024;
  const chunk = (): number[] => new Array(block).fill(1);

  test('closes the door, and holds the source at so much ahead of the slowest reader', async () => {
    const source = handFed();
    let shut = false;
    const replay = new Replay(source.stream, { maxBytes: block, onShut: () => (shut = true) });
    const [fast, slow] = [replay.join().getReader(), replay.join().getReader()];
    source.give(...chunk());
    await fast.read();
    expect(shut).toBe(false);
    let arrived = false;
    const blocked = fast.read().finally(() => {
      arrived = true;
    });
    source.give(...chunk());
    await settle();
    expect(arrived).toBe(false);
    await slow.read();
    expect((await blocked).value).toHaveLength(block);
    expect(shut).toBe(true);
    expect(() => replay.join()).toThrow();
  });

  test('is the memory it takes: what all have heard beyond it is forgotten', async () => {
    const source = handFed();
    const replay = new Replay(source.stream, { maxBytes: 2 * block });
    const readers = [replay.join().getReader(), replay.join().getReader()];
    for (let blocks = 0; blocks < 10; blocks++) {
      source.give(...chunk());
      for (const reader of readers) await reader.read();
      expect(replay.heldBytes).toBeLessThanOrEqual(2 * block);
    }
    for (const reader of readers) await reader.cancel();
    expect(replay.heldBytes).toBe(0);
  });

  test('lets the others go on when the slowest one leaves', async () => {
    const source = handFed();
    const replay = new Replay(source.stream, { maxBytes: block });
    const [fast, slow] = [replay.join().getReader(), replay.join().getReader()];
    source.give(...chunk());
    await fast.read();
    const blocked = fast.read();
    source.give(1);
    await settle();
    await slow.cancel();
    expect((await blocked).value).toHaveLength(1);
  });

  test('is how far an eager one reads for nobody', async () => {
    let asked = 0;
    const source = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          if (asked === 8) controller.close();
          else controller.enqueue(Uint8Array.of(asked++));
        },
      },
      { highWaterMark: 0 },
    );
    const reader = new Replay(source, { maxBytes: 4, eager: true }).join().getReader();
    await settle();
    expect(asked).toBe(4);
    const heard: number[] = [];
    for (let bytes = await readSome(reader); bytes.length > 0; bytes = await readSome(reader))
      heard.push(...bytes);
    expect(heard).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });
});

test('however the source is cut and whoever comes when, everybody hears the same bytes', async () => {
  const script = fc.array(fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.constant('join' as const)), {
    maxLength: 20,
  });
  await fc.assert(
    fc.asyncProperty(script, fc.boolean(), async (steps, eager) => {
      const source = handFed();
      const replay = new Replay(source.stream, { maxBytes: 100_000, eager });
      const heard = [readBytes(replay.join())];
      const said: number[] = [];
      for (const step of steps) {
        if (step === 'join') heard.push(readBytes(replay.join()));
        else source.give(...step);
        if (step !== 'join') said.push(...step);
        await settle();
      }
      source.close();
      for (const bytes of await Promise.all(heard)) expect(bytes).toEqual(said);
    }),
    { numRuns: 40 },
  );
});
