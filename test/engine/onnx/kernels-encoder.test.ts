/** Kernels that only encoders need, against the same in plain TypeScript: within the last digits of a float32. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { erf } from '../../../src/engine/onnx/interpreter/arithmetic.ts';
import { clear, columns, get, kernels, plane, put, putArray, runs, seed } from './kernels-memory.ts';

const rows = fc.integer({ min: 1, max: 9 });

function expectNear(got: ArrayLike<number>, wanted: readonly number[], tolerance: number): void {
  expect(got.length).toBe(wanted.length);
  const off = wanted.map((each, at) => Math.abs((got[at] ?? Number.NaN) - each));
  const furthest = off.some(Number.isNaN) ? Number.NaN : Math.max(...off);
  expect(furthest).toBeLessThanOrEqual(tolerance);
}

describe('kernels', () => {
  test('gelu is half of x times 1 + erf(x / sqrt 2)', () => {
    fc.assert(
      fc.property(columns, seed, fc.constantFrom(0.1, 3, 40), (length, from, most) => {
        clear();
        const { at, stride, rows: values } = put(plane(1, length, from, most));
        kernels.gelu(at, length);
        const wanted = [...(values[0] ?? [])].map((x) => (x / 2) * (1 + erf(x * Math.SQRT1_2)));
        const largest = Math.max(1, ...wanted.map(Math.abs));
        expectNear(get({ at, stride }, 1, length)[0] ?? [], wanted, 2e-6 * largest);
      }),
      runs,
    );
  });

  test('softmax makes shares that add up to 1 of each row, whatever stands behind it', () => {
    fc.assert(
      fc.property(rows, columns, seed, fc.constantFrom(1, 30, 1e4), (count, length, from, most) => {
        clear();
        const { at, stride, rows: values } = put(plane(count, length, from, most));
        kernels.softmax(at, stride, count, length);
        for (const [row, got] of get({ at, stride }, count, length).entries()) {
          const peak = Math.max(...(values[row] ?? []));
          const powers = [...(values[row] ?? [])].map((each) => Math.exp(each - peak));
          const sum = powers.reduce((all, each) => all + each, 0);
          const wanted = powers.map((each) => each / sum);
          expectNear(got, wanted, 1e-5);
        }
      }),
      runs,
    );
  });

  test('normalize takes the mean of each column away, and divides by its deviation', () => {
    fc.assert(
      fc.property(fc.integer({ min: 8, max: 40 }), columns, seed, (count, length, from) => {
        clear();
        const { at, stride, rows: values } = put(plane(count, length, from, 5));
        const [gains, offsets] = [plane(1, count, from + 7)[0], plane(1, count, from + 9)[0]];
        const places = [gains, offsets].map((each) => putArray(each ?? new Float32Array()));
        kernels.normalize(at, stride, count, length, places[0] ?? 0, places[1] ?? 0, 1e-5);
        const got = get({ at, stride }, count, length);
        for (let column = 0; column < length; column++) {
          const x = values.map((row) => row[column] ?? 0);
          const mean = x.reduce((sum, each) => sum + each, 0) / count;
          const variance = x.reduce((sum, each) => sum + (each - mean) ** 2, 0) / count;
          const factor = 1 / Math.sqrt(variance + 1e-5);
          const wanted = x.map(
            (each, row) => (each - mean) * factor * (gains?.[row] ?? 0) + (offsets?.[row] ?? 0),
          );
          const column32 = Float32Array.from(got, (row) => row[column] ?? Number.NaN);
          expectNear(column32, wanted, 1e-4);
        }
      }),
      runs,
    );
  });
});
