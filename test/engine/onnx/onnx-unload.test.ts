import { describe, expect, test } from 'vitest';
import { spawnInference } from '../../../src/adapters/inference/spawn.ts';
import type { SpeechFailure } from '../../../src/core/errors.ts';
import { type MemoryHolder, whoMustEnd } from '../../../src/engine/onnx/worker-memory.ts';
import { record } from './onnx-recorder.ts';
import { joe, kokoro, missing, open, readAll, realEngine, say } from './onnx-support.ts';

const patience = { timeout: 300_000 };
const codeOf = (opening: Promise<unknown>): Promise<string> =>
  opening.then(
    () => 'spoken',
    (failure: SpeechFailure) => failure.error.code,
  );

describe('a voice that nobody needs', patience, () => {
  const skipped = missing(joe);
  const named = (name: string): string => `${name}${skipped ? ` (${skipped})` : ''}`;

  test.skipIf(skipped)(
    named('is let go with its worker, and its memory comes back; the next request speaks'),
    async () => {
      const workers = record(spawnInference);
      const engine = realEngine({ voice: joe, idleMs: 200 }, workers.spawn);
      const isLoaded = async (): Promise<boolean | undefined> =>
        (await engine.packs?.())?.find(({ id }) => id === joe)?.isLoaded;
      const line =
        'Nobody answered the door, nobody came to the window, and so they left the letter on the step.';
      const before = await readAll((await open(engine, say(line))).body);
      const held = process.memoryUsage().rss;
      await expect.poll(isLoaded, { timeout: 60_000 }).toBe(false);
      await expect.poll(() => held - process.memoryUsage().rss, { timeout: 60_000 }).toBeGreaterThan(40e6);
      console.log(
        `resident: ${(held / 1e6).toFixed(0)} MB, after it was let go ${(process.memoryUsage().rss / 1e6).toFixed(0)} MB`,
      );
      expect(await readAll((await open(engine, say(line))).body)).toEqual(before);
      expect(workers.spawned()).toBe(2);
      await engine.close?.();
    },
  );

  test.skipIf(skipped)(named('is kept while somebody listens, however slowly'), async () => {
    const workers = record(spawnInference);
    const engine = realEngine({ voice: joe, idleMs: 50 }, workers.spawn);
    const { body } = await open(
      engine,
      say('Nobody answered the door, and nobody came to the window either.'),
    );
    const reader = body.getReader();
    let windows = 0;
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
      windows += 1;
      await new Promise((resolve) => setTimeout(resolve, 150)); // three times as long as nobody may be idle
      expect(workers.spawned()).toBe(1);
    }
    expect(windows).toBeGreaterThan(1);
    await engine.close?.();
  });
});

describe('the memory of the workers', patience, () => {
  const skipped = missing(joe) ?? missing(kokoro);
  test.skipIf(skipped)(
    `is given to another voice when nobody speaks with the first; until then it is 503${skipped ? ` (${skipped})` : ''}`,
    async () => {
      const workers = record(spawnInference);
      const engine = realEngine({ voice: joe, maxBytes: 500e6 }, workers.spawn);
      const { body } = await open(
        engine,
        say('Nobody answered the door, and nobody came to the window either.'),
      );
      expect(await codeOf(open(engine, say('Yes.', { voice: 'af_heart' })))).toBe('overloaded');
      await body.cancel();
      const heart = await open(engine, say('Yes.', { voice: 'af_heart' }));
      expect(heart.rate).toBe(24_000);
      await heart.body.cancel();
      expect(workers.spawned()).toBe(2);
      expect(await engine.packs?.()).toMatchObject([
        { id: joe, isDefault: true, isLoaded: false },
        { id: kokoro, isDefault: false, isLoaded: true },
      ]);
      await engine.close?.();
      const small = realEngine({ voice: joe, maxBytes: 200e6 });
      expect(await codeOf(open(small, say('Yes.', { voice: 'af_heart' })))).toBe('engine_unavailable');
      await small.close?.();
    },
  );
});

describe('who must end', () => {
  const holder = (
    packs: readonly ('piper' | 'kokoro')[],
    usedAt: number,
    more: Partial<MemoryHolder> = {},
  ): MemoryHolder => ({
    packs: new Map(packs.map((family) => [family, family])),
    jobs: 0,
    busy: false,
    usedAt,
    ...more,
  });
  const ours = (maxBytes: number) => ({ maxBytes, kernels: true });
  const heart = { id: 'kokoro', family: 'kokoro' } as const;
  const piper = { id: 'piper', family: 'piper' } as const;

  test('nobody, where there is room or the voice is there', () => {
    const [a, b] = [holder(['piper'], 1), holder([], 2)];
    expect(whoMustEnd(b, heart, [a, b], ours(1e9))).toEqual([]);
    expect(whoMustEnd(a, piper, [a, b], ours(1))).toEqual([]);
  });

  test('those that were not used for longest, and no more than it takes', () => {
    const [a, b, c] = [holder(['kokoro'], 5), holder(['kokoro'], 2), holder([], 9)];
    expect(whoMustEnd(c, piper, [a, b, c], ours(700e6))).toEqual([b]);
    expect(whoMustEnd(a, piper, [a, b, c], ours(700e6))).toEqual([b]);
    expect(whoMustEnd(b, piper, [a, b, c], ours(700e6))).toEqual([b]);
  });

  test('none that speaks; undefined where that does not suffice', () => {
    const [a, b] = [holder(['kokoro'], 1, { jobs: 1 }), holder([], 2)];
    expect(whoMustEnd(b, heart, [a, b], ours(600e6))).toBeUndefined();
    expect(whoMustEnd(b, piper, [a, b], ours(700e6))).toEqual([]);
    expect(whoMustEnd(b, heart, [holder(['kokoro'], 1, { busy: true }), b], ours(600e6))).toBeUndefined();
    expect(whoMustEnd(b, heart, [b], ours(400e6))).toBeUndefined();
  });

  test('Piper voices count for more where ONNX Runtime computes them', () => {
    const two = [holder(['piper'], 1, { jobs: 1 }), holder([], 2)] as const;
    expect(whoMustEnd(two[1], piper, two, { maxBytes: 300e6, kernels: true })).toEqual([]);
    expect(whoMustEnd(two[1], piper, two, { maxBytes: 300e6, kernels: false })).toBeUndefined();
    expect(whoMustEnd(two[1], piper, two, { maxBytes: 500e6, kernels: false })).toEqual([]);
  });
});
