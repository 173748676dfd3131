import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createNoise } from '../../../src/engine/onnx/families/piper.ts';
import { countFrames, drawLatent } from '../../../src/engine/onnx/latent.ts';

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);

/** Two symbols a phoneme, most of them 1 to 4 frames long, as Piper's are. */
const spoken = fc
  .array(fc.float({ min: Math.fround(0.05), max: 4, noNaN: true }), { minLength: 40, maxLength: 400 })
  .map((durations) => Float32Array.from(durations));

test('at speed 1 every duration is rounded up, as VITS does it', () => {
  expect(countFrames(Float32Array.of(0.2, 1, 1.01, 3.5, 0), 1)).toEqual([1, 1, 2, 4, 0]);
});

test('at any speed down to 0.25 the frames add up to the share of the time that was asked for', () => {
  fc.assert(
    fc.property(spoken, fc.double({ min: 0.25, max: 1, noNaN: true }), (durations, speed) => {
      const asked = Math.round(sum(countFrames(durations, 1)) / speed);
      expect(Math.abs(sum(countFrames(durations, speed)) - asked)).toBeLessThanOrEqual(1); // rounding of thirds
    }),
  );
});

test('at half the speed every symbol lasts twice as long', () => {
  expect(countFrames(Float32Array.of(0.2, 1, 1.01, 3.5), 0.5)).toEqual([2, 2, 4, 8]);
});

test('faster speech is shorter until every symbol lasts one frame, and none vanishes', () => {
  const durations = createNoise(1)(200).map((each) => 0.4 + each ** 2);
  const normal = sum(countFrames(durations, 1));
  for (const speed of [1.05, 1.1, 1.22]) {
    const frames = countFrames(durations, speed);
    expect(sum(frames)).toBe(Math.round(normal / speed));
    expect(Math.min(...frames)).toBe(1);
  }
  expect(countFrames(durations, 4)).toEqual(Array.from(durations, () => 1));
});

test('a latent is its symbol, frame by frame, in every channel', () => {
  const means = Float32Array.of(1, 2, 3, 10, 20, 30);
  const logDeviations = new Float32Array(6);
  const still = drawLatent({ means, logDeviations }, [2, 0, 1], new Float32Array(6), 1);
  expect([...still]).toEqual([1, 1, 3, 10, 10, 30]);
  const noise = Float32Array.of(0.5, 0, -0.5, 0, 0, 1); // [frames, channels]
  expect([...drawLatent({ means, logDeviations }, [2, 0, 1], noise, 2)]).toEqual([2, 0, 3, 10, 10, 32]);
  const wider = drawLatent({ means, logDeviations: logDeviations.fill(Math.log(2)) }, [2, 0, 1], noise, 1);
  expect(wider[0]).toBeCloseTo(2);
});

test('a seed decides the noise; seeds that differ in any part differ', () => {
  const first = createNoise(42)(100);
  expect(createNoise(42)(100)).toEqual(first);
  const others = [0, -42, 43, 42 + 2 ** 32, Number.MAX_SAFE_INTEGER].map((seed) => createNoise(seed)(100));
  for (const other of others) expect(other).not.toEqual(first);
});

test('the noise is normal: mean 0, deviation 1, and as much beyond 2 deviations as there should be', () => {
  for (const seed of [0, 1, 123_456_789_012]) {
    const drawn = [...createNoise(seed)(100_000)];
    const mean = sum(drawn) / drawn.length;
    const deviation = Math.sqrt(sum(drawn.map((each) => (each - mean) ** 2)) / drawn.length);
    expect(Math.abs(mean)).toBeLessThan(0.02);
    expect(Math.abs(deviation - 1)).toBeLessThan(0.02);
    expect(drawn.filter((each) => Math.abs(each) > 2).length / drawn.length).toBeCloseTo(0.0455, 2);
  }
});
