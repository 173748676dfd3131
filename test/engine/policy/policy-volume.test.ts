import { describe, expect, test } from 'vitest';
import { toInt16 } from '../../../src/audio/pcm.ts';
import { joinBytes } from '../../../src/core/bytes.ts';
import type { Engine, PcmStream } from '../../../src/core/engine.ts';
import { prosody } from '../../../src/engine/policy/prosody.ts';
import { asking, createFakeEngine, endless, readAll, sound } from './policy-engine.ts';

const noStretcher = async (): Promise<never> => {
  throw new Error('no speed was asked for');
};
const never = new AbortController().signal;

async function speak(
  volumeDb: number | undefined,
  done: PcmStream['prosody'],
  ...chunks: Uint8Array[]
): Promise<{ stream: PcmStream; engine: ReturnType<typeof createFakeEngine> }> {
  const engine = createFakeEngine();
  const source: Engine = {
    ...engine,
    open: async (request, signal) => ({ ...(await engine.open(request, signal)), prosody: done }),
  };
  const opening = prosody(noStretcher)(source).open(asking('a', { volumeDb }), never);
  (await engine.call(1)).speak(...chunks);
  return { stream: await opening, engine };
}

const peak = async (stream: PcmStream): Promise<number> => Math.max(...toInt16(await readAll(stream)));
const half = Math.max(...toInt16(sound(8)));

describe('volume', () => {
  test.each([undefined, 0])('%s leaves speech untouched', async (volumeDb) => {
    const { stream } = await speak(volumeDb, undefined, sound(100));
    expect(stream.length).toBe(1);
    expect(await readAll(stream)).toEqual(sound(100));
  });

  test('is what the decibels say', async () => {
    const { stream } = await speak(-6, undefined, sound(100));
    expect((await peak(stream)) / half).toBeCloseTo(10 ** (-6 / 20), 3);
  });

  test('is not applied twice where the engine did it, and only the rest where it did some', async () => {
    const all = await speak(-6, { speed: 1, volumeDb: -6 }, sound(100));
    expect(await peak(all.stream)).toBe(half);
    const some = await speak(-6, { speed: 1, volumeDb: -2 }, sound(100));
    expect((await peak(some.stream)) / half).toBeCloseTo(10 ** (-4 / 20), 3);
    expect(some.stream.prosody).toEqual({ speed: 1, volumeDb: -6 });
  });

  test('is the same however the engine cuts its chunks', async () => {
    const pcm = sound(200);
    const whole = await speak(4, undefined, pcm);
    const cut = await speak(4, undefined, pcm.subarray(0, 101), pcm.subarray(101, 102), pcm.subarray(102));
    expect(await readAll(cut.stream)).toEqual(joinBytes([await readAll(whole.stream)]));
  });

  test('lets the engine go when the client leaves', async () => {
    const { stream, engine } = await speak(4, undefined, sound(100), endless);
    const reader = stream.body.getReader();
    await reader.read();
    await reader.cancel();
    expect(engine.calls[0]?.cancelled).toBe(true);
  });
});
