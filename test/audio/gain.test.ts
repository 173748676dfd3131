import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createGain } from '../../src/audio/dsp/gain.ts';
import { fromInt16, toInt16 } from '../../src/audio/pcm.ts';
import { render, sine } from './signals.ts';

const amplify = (samples: readonly number[], decibels: number): number[] => [
  ...toInt16(createGain(decibels, 1).push(fromInt16(Int16Array.from(samples)))),
];

describe('volume', () => {
  test('doubles at 6.02 dB and halves at -6.02 dB', () => {
    expect(amplify([1000, -1000, 1], 6.0206)).toEqual([2000, -2000, 2]);
    expect(amplify([1000, -1000, 2], -6.0206)).toEqual([500, -500, 1]);
  });

  test('stays at full scale where it would go beyond, and never wraps', () => {
    expect(amplify([32_767, -32_768, 20_000, -20_000], 20)).toEqual([32_767, -32_768, 32_767, -32_768]);
    fc.assert(
      fc.property(
        fc.integer({ min: -32_768, max: 32_767 }),
        fc.double({ min: -20, max: 20, noNaN: true }),
        (sample, decibels) => {
          const [louder = Number.NaN] = amplify([sample], decibels);
          const exact = Math.max(-32_768, Math.min(32_767, sample * 10 ** (decibels / 20)));
          expect(Math.abs(louder - exact)).toBeLessThanOrEqual(1);
        },
      ),
    );
  });

  test('at 0 dB passes the bytes on', () => {
    const pcm = render(24_000, 2, 0.1, sine(300));
    expect(createGain(0, 2).push(pcm)).toEqual(pcm);
  });

  test('leaves what it was given as it was', () => {
    const pcm = render(24_000, 1, 0.1, sine(300));
    const before = pcm.slice();
    for (const decibels of [0, 3]) createGain(decibels, 1).push(pcm).fill(0);
    expect(pcm).toEqual(before);
  });

  test('beyond the bounds is refused', () => {
    for (const decibels of [-20.01, 20.01, Number.NaN, Infinity]) {
      expect(() => createGain(decibels, 1)).toThrow(RangeError);
    }
  });
});
