/** Each kernel against the same in plain TypeScript: what is whole numbers or one rounding is the same to the bit. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clear, columns, get, halfToEven, kernels, plane, put, runs, seed } from './kernels-memory.ts';

describe('kernels', () => {
  test('peak is the greatest magnitude of the columns that count', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), columns, seed, (rows, length, from) => {
        clear();
        const { at, stride, rows: values } = put(plane(rows, length, from));
        const wanted = Math.max(...values.flatMap((row) => [...row].map(Math.abs)));
        expect(kernels.peak(at, stride, rows, length)).toBe(wanted);
      }),
      runs,
    );
  });

  test('quantize rounds to the nearest integer, half to even, with zeros around', () => {
    const shape = fc.record({ pairs: fc.integer({ min: 1, max: 5 }), left: fc.nat(40), right: fc.nat(40) });
    fc.assert(
      fc.property(shape, columns, seed, ({ pairs, left, right }, length, from) => {
        clear();
        // Eighths, so that halves come up.
        const rows = plane(2 * pairs, length, from, 16).map((row) =>
          row.map((each) => Math.round(each * 8) / 8),
        );
        const { at, stride } = put(rows);
        const to = put(plane(pairs, left + length + right, 1));
        kernels.quantize(at, stride, 2 * pairs, length, 4, -1, to.at, to.stride, left, right);
        const integers = new Int16Array(kernels.memory.buffer);
        for (const [index, row] of rows.entries()) {
          const begin = to.at / 2 + (index >> 1) * to.stride * 2 + (index & 1);
          const got = Array.from(
            { length: left + length + right },
            (_, column) => integers[begin + 2 * column],
          );
          const wanted = [...row].map((each) => halfToEven(each < 0 ? -each : 4 * each) + 0);
          expect(got).toEqual([...new Array(left).fill(0), ...wanted, ...new Array(right).fill(0)]);
        }
      }),
      runs,
    );
  });

  test('gate is the tanh of half of the rows times the sigmoid of the other half, to a step', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), columns, seed, (pairs, length, from) => {
        clear();
        const [rows, limit] = [2 * pairs, 20_000];
        const { at, stride, rows: values } = put(plane(2 * rows, length, from, 8));
        const to = put(plane(pairs, length, 1));
        kernels.gate(at, stride, rows, length, limit, to.at, to.stride);
        const integers = new Int16Array(kernels.memory.buffer);
        for (let row = 0; row < rows; row++) {
          const begin = to.at / 2 + (row >> 1) * to.stride * 2 + (row & 1);
          for (let column = 0; column < length; column++) {
            const [a = 0, b = 0] = [values[row]?.[column], values[row + rows]?.[column]];
            const wanted = (Math.tanh(a) / (1 + Math.exp(-b))) * limit;
            expect(Math.abs((integers[begin + 2 * column] ?? 0) - wanted)).toBeLessThan(0.5 + limit * 1e-4);
          }
        }
      }),
      runs,
    );
  });

  test('tanh is that of mathematics within 1e-4, odd, and never beyond 1', () => {
    clear();
    const values = Float32Array.from({ length: 2001 }, (_, index) => (index - 1000) / 100);
    const { at, stride } = put([values, Float32Array.of(...new Array(1998).fill(0), 1e30, -1e30, -0)]);
    kernels.tanh(at, stride, 2, 2001);
    const [row = [], extremes = []] = get({ at, stride }, 2, 2001);
    for (const [index, value] of values.entries()) {
      expect(Math.abs((row[index] ?? 9) - Math.tanh(value))).toBeLessThan(Math.abs(value) < 3 ? 1e-6 : 1e-4);
      expect(row[2000 - index]).toBe(-(row[index] ?? 9) + 0);
      expect(Math.abs(row[index] ?? 9)).toBeLessThanOrEqual(1);
    }
    expect([...extremes.slice(1998)].map(Math.abs).map(Math.round)).toEqual([1, 1, 0]);
  });
});
