import { describe, expect, test } from 'vitest';
import { createStretcher } from '../../../src/audio/dsp/stretch.ts';
import type { Engine } from '../../../src/core/engine.ts';
import { type CreateStretcher, prosody } from '../../../src/engine/policy/prosody.ts';
import { wasm } from '../../audio/codecs.ts';
import { asking, broken, createFakeEngine, endless, RATE, readAll, sound } from './policy-engine.ts';

const sonic = await wasm('stretch');
const never = new AbortController().signal;

/** The real stretcher, and how many are in use. */
function countedStretchers(): { create: CreateStretcher; readonly inUse: number } {
  let inUse = 0;
  return {
    create: async (rate, channels, factor) => {
      const stretcher = createStretcher(rate, channels, factor, sonic);
      inUse += 1;
      let closed = false;
      const close = (): void => {
        stretcher.close();
        if (!closed) inUse -= 1;
        closed = true;
      };
      return { push: (pcm) => stretcher.push(pcm), end: () => stretcher.end(), close };
    },
    get inUse() {
      return inUse;
    },
  };
}

/** An engine that has done this much of the speed, and 6 dB of the volume. */
function speakingAt(own: number): Engine {
  const engine = createFakeEngine();
  return {
    ...engine,
    async open(request, signal) {
      const opening = engine.open(request, signal);
      engine.calls[0]?.speak(sound(RATE));
      return { ...(await opening), prosody: { speed: own, volumeDb: 6 } };
    },
  };
}

describe('speed', () => {
  test('of 1 passes the stream untouched', async () => {
    const engine = createFakeEngine();
    const stretchers = countedStretchers();
    const opening = prosody(stretchers.create)(engine).open(asking('a'), never);
    engine.calls[0]?.speak(sound(400));
    const stream = await opening;
    expect(stream.length).toBe(1);
    expect(await readAll(stream)).toEqual(sound(400));
    expect(stretchers.inUse).toBe(0);
  });

  test.each([0.5, 2])('of %f asks the engine for 1 and stretches what it says', async (factor) => {
    const engine = createFakeEngine();
    const stretchers = countedStretchers();
    const opening = prosody(stretchers.create)(engine).open(asking('a', { speed: factor }), never);
    engine.calls[0]?.speak(sound(RATE / 2), sound(RATE / 2));
    const stream = await opening;
    expect(engine.calls[0]?.request.speed).toBe(1);
    expect(stream).toMatchObject({ rate: RATE, channels: 1, engine: 'fake' });
    expect(stream.length).toBeUndefined();
    const seconds = (await readAll(stream)).length / 2 / RATE;
    expect(Math.abs(seconds * factor - 1)).toBeLessThan(0.03);
    expect(stretchers.inUse).toBe(0);
  });

  test('that an engine speaks by itself passes untouched, also where it was kept in 32 bits', async () => {
    const stretchers = countedStretchers();
    for (const own of [0.8, Math.fround(0.8)]) {
      const stream = await prosody(stretchers.create, { native: true })(speakingAt(own)).open(
        asking('a', { speed: 0.8, volumeDb: 6 }),
        never,
      );
      expect(stream.prosody).toEqual({ speed: own, volumeDb: 6 });
      expect(await readAll(stream)).toEqual(sound(RATE));
    }
  });

  test('is stretched by what an engine leaves of it', async () => {
    const stretchers = countedStretchers();
    const stream = await prosody(stretchers.create, { native: true })(speakingAt(1.25)).open(
      asking('a', { speed: 2, volumeDb: 6 }),
      never,
    );
    expect(stream.prosody).toEqual({ speed: 2, volumeDb: 6 });
    const seconds = (await readAll(stream)).length / 2 / RATE;
    expect(Math.abs(seconds * (2 / 1.25) - 1)).toBeLessThan(0.03);
  });

  test('takes chunks cut inside a frame', async () => {
    const pcm = sound(RATE / 4);
    const stretched = async (...chunks: Uint8Array[]): Promise<Uint8Array> => {
      const engine = createFakeEngine();
      const opening = prosody(countedStretchers().create)(engine).open(asking('a', { speed: 2 }), never);
      engine.calls[0]?.speak(...chunks);
      return readAll(await opening);
    };
    const odd = await stretched(pcm.subarray(0, 333), pcm.subarray(333, 334), pcm.subarray(334));
    expect(odd).toEqual(await stretched(pcm));
  });
});

describe('the engine and the filter are let go', () => {
  test('when the client leaves in mid-stream', async () => {
    const engine = createFakeEngine();
    const stretchers = countedStretchers();
    const opening = prosody(stretchers.create)(engine).open(asking('a', { speed: 2 }), never);
    engine.calls[0]?.speak(sound(RATE), endless);
    const reader = (await opening).body.getReader();
    await reader.read();
    const waiting = reader.read();
    await reader.cancel();
    await waiting;
    expect(engine.calls[0]?.cancelled).toBe(true);
    expect(stretchers.inUse).toBe(0);
  });

  test('when the client leaves before it took anything', async () => {
    const engine = createFakeEngine();
    const stretchers = countedStretchers();
    const opening = prosody(stretchers.create)(engine).open(asking('a', { speed: 2 }), never);
    engine.calls[0]?.speak(sound(RATE));
    await (await opening).body.cancel();
    expect(engine.calls[0]?.cancelled).toBe(true);
    expect(stretchers.inUse).toBe(0);
  });

  test('when the engine breaks, which breaks the body', async () => {
    const engine = createFakeEngine();
    const stretchers = countedStretchers();
    const opening = prosody(stretchers.create)(engine).open(asking('a', { speed: 2 }), never);
    engine.calls[0]?.speak(sound(RATE), broken);
    await expect(readAll(await opening)).rejects.toThrow('The engine broke.');
    expect(stretchers.inUse).toBe(0);
  });

  test('when there is no filter to be had', async () => {
    const engine = createFakeEngine();
    const failing: CreateStretcher = async () => {
      throw new Error('no module');
    };
    const opening = prosody(failing)(engine).open(asking('a', { speed: 2 }), never);
    engine.calls[0]?.speak(sound(RATE));
    await expect(opening).rejects.toThrow('no module');
    expect(engine.calls[0]?.cancelled).toBe(true);
  });
});
