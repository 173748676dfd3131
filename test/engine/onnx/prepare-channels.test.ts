import fc from 'fast-check';
import { expect, test } from 'vitest';
import { quantizeChannels } from '../../../src/engine/onnx/prepare/quantize.ts';

const shape = fc.tuple(
  fc.integer({ min: 1, max: 5 }),
  fc.integer({ min: 1, max: 5 }),
  fc.integer({ min: 1, max: 7 }),
);

test('every weight comes back within half a step of its own channel', () => {
  const cases = shape.chain((dims) => {
    const length = dims.reduce((size, dim) => size * dim, 1);
    return fc.tuple(
      fc.constant(dims),
      fc.integer({ min: 0, max: 1 }),
      fc.float32Array({ minLength: length, maxLength: length, min: -4, max: 4, noNaN: true }),
    );
  });
  fc.assert(
    fc.property(cases, ([dims, axis, weights]) => {
      const { scales, values } = quantizeChannels(weights, dims, axis);
      const [, second, third] = dims;
      for (const [index, original] of weights.entries()) {
        const channel =
          axis === 0 ? Math.floor(index / (second * third)) : Math.floor(index / third) % second;
        const scale = scales[channel] ?? 0;
        expect(Math.abs((values[index] ?? 0) * scale - original)).toBeLessThanOrEqual(scale * 0.501 + 1e-30);
      }
      expect(values.every((value) => value >= -127)).toBe(true);
    }),
  );
});

test('the largest weight of a channel uses the whole range, and a channel of zeros stays zero', () => {
  const { scales, values } = quantizeChannels(Float32Array.of(0.5, -2, 0, 0), [2, 2], 0);
  expect([...values]).toEqual([32, -127, 0, 0]);
  expect(scales[0]).toBeCloseTo(2 / 127);
});
