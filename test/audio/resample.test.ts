import { describe, expect, test } from 'vitest';
import { createResampler } from '../../src/audio/dsp/resample.ts';
import { toInt16 } from '../../src/audio/pcm.ts';
import { runChunks } from './chunks.ts';
import { wasm } from './codecs.ts';
import { render, sine } from './signals.ts';

const speex = await wasm('resample');
const pairs = [
  [22_050, 24_000],
  [44_100, 24_000],
  [24_000, 48_000],
  [48_000, 8000],
  [8000, 48_000],
  [44_101, 48_000],
] as const;

function convert(from: number, to: number, pcm: Uint8Array): Int16Array {
  return toInt16(runChunks(createResampler(from, to, 1, speex), [pcm], 2));
}

/** Level of `signal` over that of its difference from `wanted`, in dB, without the edges. */
function signalToError(signal: Int16Array, wanted: Int16Array): number {
  let [level, error] = [0, 1e-9];
  for (let i = 300; i < wanted.length - 300; i++) {
    level += (wanted[i] ?? 0) ** 2;
    error += ((wanted[i] ?? 0) - (signal[i] ?? 0)) ** 2;
  }
  return 10 * Math.log10(level / error);
}

describe('resampling', () => {
  for (const [from, to] of pairs) {
    test(`${from} to ${to} Hz: right length, no delay, error below -80 dB`, () => {
      const out = convert(from, to, render(from, 1, 1, sine(300)));
      expect(out.length).toBe(to);
      expect(signalToError(out, toInt16(render(to, 1, 1, sine(300))))).toBeGreaterThan(80);
    });
  }

  test('any number of frames gives that number times the ratio, rounded', () => {
    for (const frames of [1, 2, 3, 7, 63, 64, 65, 1000, 9999]) {
      expect(convert(44_100, 24_000, new Uint8Array(frames * 2)).length).toBe(
        Math.round((frames * 24_000) / 44_100),
      );
    }
  });

  test('what the lower rate cannot carry is filtered out, not folded down', () => {
    const out = convert(44_100, 24_000, render(44_100, 1, 1, sine(14_000)));
    expect(Math.max(...out.subarray(500, -500).map(Math.abs))).toBeLessThan(4);
  });

  test('both channels are kept apart', () => {
    const pcm = render(24_000, 2, 0.2, sine(300));
    const out = toInt16(runChunks(createResampler(24_000, 16_000, 2, speex), [pcm], 4));
    const mono = convert(24_000, 16_000, render(24_000, 1, 0.2, sine(300)));
    expect(out.filter((_, i) => i % 2 === 0)).toEqual(mono);
    expect(Math.max(...out.filter((_, i) => i % 2 === 1))).toBeCloseTo(Math.max(...mono) / 2, -1.5);
  });

  test('equal rates pass the bytes on', () => {
    const pcm = render(24_000, 1, 0.1, sine(300));
    expect(runChunks(createResampler(24_000, 24_000, 1, speex), [pcm], 2)).toEqual(pcm);
  });

  test('a rate beyond the bounds is refused', () => {
    for (const rate of [0, -1, 3999, 22_050.5, 192_001, Number.NaN, Infinity]) {
      expect(() => createResampler(rate, 24_000, 1, speex)).toThrow(RangeError);
      expect(() => createResampler(24_000, rate, 1, speex)).toThrow(RangeError);
    }
  });
});
