import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createGain } from '../../src/audio/dsp/gain.ts';
import { createResampler } from '../../src/audio/dsp/resample.ts';
import { createStretcher } from '../../src/audio/dsp/stretch.ts';
import { createEncoder } from '../../src/audio/formats.ts';
import { type Channels, frameBytes, type PcmFilter } from '../../src/audio/pcm.ts';
import { chunkLengths, cut, runChunks } from './chunks.ts';
import { wasm } from './codecs.ts';
import { buzz, render } from './signals.ts';

const RUNS = 25;
const SECONDS = 0.35;

type Make = (rate: number, channels: Channels) => Promise<PcmFilter>;
const filters: Record<string, Make> = {
  wav: (rate, channels) => createEncoder({ format: 'wav', rate, channels }, wasm),
  pcm: (rate, channels) => createEncoder({ format: 'pcm', rate, channels }, wasm),
  mp3: (rate, channels) => createEncoder({ format: 'mp3', rate, channels }, wasm),
  'mp3 of a rate that MPEG lacks': (_, channels) =>
    createEncoder({ format: 'mp3', rate: 20_000, channels }, wasm),
  opus: (rate, channels) => createEncoder({ format: 'opus', rate, channels, serial: 1 }, wasm),
  aac: (rate, channels) => createEncoder({ format: 'aac', rate, channels }, wasm),
  flac: (rate, channels) => createEncoder({ format: 'flac', rate, channels }, wasm),
  gain: async (_, channels) => createGain(4, channels),
  'resample up': async (rate, channels) => createResampler(rate, 48_000, channels, await wasm('resample')),
  'resample down': async (rate, channels) => createResampler(rate, 8000, channels, await wasm('resample')),
  'stretch slower': async (rate, channels) => createStretcher(rate, channels, 0.7, await wasm('stretch')),
  'stretch faster': async (rate, channels) => createStretcher(rate, channels, 1.1, await wasm('stretch')),
};

describe('the bytes do not depend on where chunks are cut', () => {
  const shapes = fc.tuple(
    fc.constantFrom(16_000, 22_050, 44_100),
    fc.constantFrom<Channels>(1, 2),
    chunkLengths,
  );
  for (const [name, make] of Object.entries(filters)) {
    test(name, async () => {
      await fc.assert(
        fc.asyncProperty(shapes, async ([rate, channels, lengths]) => {
          const pcm = render(rate, channels, SECONDS, buzz(140));
          const whole = runChunks(await make(rate, channels), [pcm], frameBytes(channels));
          const pieces = runChunks(await make(rate, channels), cut(pcm, lengths), frameBytes(channels));
          expect(whole.length).toBeGreaterThan(0);
          expect(Buffer.compare(whole, pieces)).toBe(0);
        }),
        { numRuns: RUNS },
      );
    });
  }
});

describe('what goes in is only read, as others may hear it too', () => {
  for (const [name, make] of Object.entries(filters)) {
    test(name, async () => {
      const pcm = render(44_100, 2, SECONDS, buzz(140));
      const before = pcm.slice();
      runChunks(await make(44_100, 2), cut(pcm, [4, 40_000]), frameBytes(2));
      expect(Buffer.compare(pcm, before)).toBe(0);
    });
  }
});

describe('edges of a stream', () => {
  for (const [name, make] of Object.entries(filters)) {
    test(`${name}: no input gives no output`, async () => {
      const filter = await make(24_000, 1);
      expect(filter.push(new Uint8Array(0)).length).toBe(0);
      expect(filter.end().length).toBe(0);
    });

    test(`${name}: a partial frame is refused and nothing goes in after the end`, async () => {
      const filter = await make(24_000, 2);
      expect(() => filter.push(new Uint8Array(6))).toThrow(RangeError);
      filter.push(new Uint8Array(8));
      filter.end();
      expect(() => filter.push(new Uint8Array(8))).toThrow(/ended/);
      expect(filter.end().length).toBe(0);
      filter.close();
    });

    test(`${name}: one single frame goes through`, async () => {
      const filter = await make(24_000, 1);
      filter.push(new Uint8Array(2));
      expect(() => filter.end()).not.toThrow();
    });
  }
});
