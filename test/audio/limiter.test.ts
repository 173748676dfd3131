import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CEILING, Limiter } from '../../src/audio/dsp/limiter.ts';

const limited = (gain: number, windows: readonly Float32Array[]): Float32Array => {
  const limiter = new Limiter(gain);
  const made = windows.map((window, at) => limiter.push(window, at === windows.length - 1));
  return Float32Array.from(made.flatMap((window) => [...window]));
};
const tone = (level: number, length: number): Float32Array =>
  Float32Array.from({ length }, (_, at) => level * Math.sin(at / 9));
const samples = fc.array(fc.float({ min: -4, max: 4, noNaN: true }), { minLength: 1, maxLength: 2000 });

describe('the level of a voice', () => {
  test('is multiplied by the gain, to the last bit, while it stays below the ceiling', () => {
    const quiet = tone(0.4, 3000);
    expect(limited(2, [quiet])).toEqual(quiet.map((sample) => sample * 2));
    expect(limited(1, [quiet])).toEqual(quiet);
  });

  test('never goes beyond the ceiling, whatever comes', () => {
    const most = Math.fround(CEILING) + 1e-7;
    fc.assert(
      fc.property(samples, fc.double({ min: 0.25, max: 4, noNaN: true }), (came, gain) => {
        for (const sample of limited(gain, [Float32Array.from(came)]))
          expect(Math.abs(sample)).toBeLessThanOrEqual(most);
      }),
      { numRuns: 60 },
    );
  });

  test('is the same however the speech is cut into windows, and nothing of it is lost', () => {
    fc.assert(
      fc.property(samples, fc.array(fc.nat(400), { maxLength: 8 }), (came, cuts) => {
        const whole = Float32Array.from(came);
        const at = [0, ...cuts.map((cut) => cut % (came.length + 1)), came.length].sort((a, b) => a - b);
        const windows = at.slice(1).map((to, index) => whole.subarray(at[index], to));
        const heard = limited(1.7, windows);
        expect(heard.length).toBe(came.length);
        expect(heard).toEqual(limited(1.7, [whole]));
      }),
      { numRuns: 60 },
    );
  });

  test('glides down before a peak and back after it: no wave of a loud tone is bent', () => {
    const loud = limited(1, [tone(1.5, 6000)]).subarray(1000, 5000);
    const peak = Math.max(...loud);
    const fitted = tone(1, 6000).subarray(1000, 5000);
    const rest = loud.reduce((sum, sample, at) => sum + (sample - peak * (fitted[at] ?? 0)) ** 2, 0);
    const power = loud.reduce((sum, sample) => sum + sample ** 2, 0);
    expect(10 * Math.log10(power / rest)).toBeGreaterThan(40); // cut off at the ceiling it would be 20
  });

  test('comes back after a peak', () => {
    const came = tone(0.5, 20_000);
    came.fill(3, 4000, 4010);
    const heard = limited(1, [came]);
    expect(Math.max(...heard.subarray(3500, 3800))).toBeCloseTo(0.5, 2);
    expect(Math.max(...heard.subarray(4020, 4300))).toBeLessThan(0.3);
    expect(Math.max(...heard.subarray(14_000, 20_000))).toBeCloseTo(0.5, 2);
  });

  test('is not lost for what no number is', () => {
    const came = tone(0.5, 4000);
    came[1000] = Number.NaN;
    came[1001] = Number.POSITIVE_INFINITY;
    expect(Math.max(...limited(1, [came]).subarray(3000))).toBeGreaterThan(0.1);
  });
});
