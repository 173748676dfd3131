/** Each kernel against the same in plain TypeScript: what is whole numbers or one rounding is the same to the bit. */
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Kernels } from '../../../src/engine/onnx/kernels/module.ts';
import { packConvolution, packPhases } from '../../../src/engine/onnx/kernels/pack-weights.ts';
import { newKernels } from './kernels-support.ts';
import { noise } from './tiny-graph.ts';

let kernels: Kernels;
beforeAll(() => {
  kernels = newKernels();
  kernels.memory.grow(64);
});

/** Behind the last column stands what must reach no result. */
const RUBBISH = 1e30;
const runs = { numRuns: 60 };
const { fround } = Math;

/** Rows of floats in the kernels' memory. */
interface Rows {
  readonly at: number;
  readonly stride: number;
  readonly rows: readonly Float32Array[];
}

let free = 64;

function reserve(bytes: number): number {
  const at = free;
  free += Math.ceil(bytes / 16) * 16 + 64;
  return at;
}

function put(rows: readonly Float32Array[], columns = rows[0]?.length ?? 0): Rows {
  const stride = columns + 9 + (columns % 3);
  const at = reserve(rows.length * stride * 4);
  const floats = new Float32Array(kernels.memory.buffer, at, rows.length * stride).fill(RUBBISH);
  for (const [index, row] of rows.entries()) floats.set(row, index * stride);
  return { at, stride, rows };
}

function get({ at, stride }: Omit<Rows, 'rows'>, rows: number, columns: number): Float32Array[] {
  const floats = new Float32Array(kernels.memory.buffer);
  return Array.from({ length: rows }, (_, row) =>
    floats.slice(at / 4 + row * stride, at / 4 + row * stride + columns),
  );
}

function putArray(array: Int16Array | Float32Array): number {
  const at = reserve(array.byteLength);
  new Uint8Array(kernels.memory.buffer, at).set(
    new Uint8Array(array.buffer, array.byteOffset, array.byteLength),
  );
  return at;
}

function plane(rows: number, columns: number, seed: number, most = 1): Float32Array[] {
  return Array.from({ length: rows }, (_, row) => noise(columns, seed + row).map((each) => each * most));
}

const columns = fc.integer({ min: 1, max: 300 });
const seed = fc.integer({ min: 1, max: 1e6 });

describe('kernels', () => {
  test('peak is the greatest magnitude of the columns that count', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), columns, seed, (rows, length, from) => {
        free = 64;
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
        free = 64;
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

  test('convolve adds products without a rounding, then scale, bias, what is added to it and what was there', () => {
    const shape = fc.record({
      pairs: fc.integer({ min: 1, max: 6 }),
      rows: fc.integer({ min: 1, max: 9 }),
      taps: fc.integer({ min: 1, max: 7 }),
      dilation: fc.integer({ min: 1, max: 12 }),
      adds: fc.boolean(),
      accumulates: fc.boolean(),
    });
    fc.assert(
      fc.property(shape, columns, seed, (asked, length, from) => {
        const { pairs, rows, taps, dilation, adds, accumulates } = asked;
        free = 64;
        const inputs = 2 * pairs;
        const around = (taps - 1) * dilation;
        const values = Int8Array.from(noise(rows * inputs * taps, from), (each) => Math.round(each * 127));
        const scales = noise(rows, from + 1).map(Math.abs);
        const bias = noise(rows, from + 2);
        const packed = packConvolution({ dims: [rows, inputs, taps], values, scales }, bias, dilation);
        const x = plane(inputs, length + around, from + 3, packed.limit).map((row) => row.map(Math.round));
        const q = putPairs(x);
        const residual = put(plane(packed.rows, length, from + 4));
        const y = put(plane(packed.rows, length, from + 5));
        const unit = fround(0.001);
        kernels.convolve(
          q.at,
          q.stride,
          pairs,
          length,
          taps,
          dilation,
          putArray(packed.weights),
          putArray(packed.scales),
          putArray(packed.bias),
          unit,
          packed.rows,
          y.at,
          y.stride,
          adds ? residual.at : 0,
          accumulates,
        );
        const got = get(y, rows, length);
        for (let row = 0; row < rows; row++) {
          const wanted = Float32Array.from({ length }, (_, column) => {
            let sum = 0;
            for (let input = 0; input < inputs; input++) {
              for (let tap = 0; tap < taps; tap++) {
                const weight = values[(row * inputs + input) * taps + tap] ?? 0;
                sum += weight * (x[input]?.[column + tap * dilation] ?? 0);
              }
            }
            expect(Math.abs(sum)).toBeLessThan(2 ** 31);
            const scale = fround((scales[row] ?? 0) * unit);
            let result = fround(fround(fround(sum) * scale) + (bias[row] ?? 0));
            if (adds) result = fround(result + (residual.rows[row]?.[column] ?? 0));
            return accumulates ? fround(result + (y.rows[row]?.[column] ?? 0)) : result;
          });
          expect(got[row]).toEqual(wanted);
        }
      }),
      runs,
    );
  });

  test('sums do not overflow, whatever the weights and what they are multiplied by', () => {
    const [inputs, taps] = [512, 11];
    const values = new Int8Array(4 * inputs * taps).fill(127).fill(-127, inputs * taps, 2 * inputs * taps);
    const scales = new Float32Array(4).fill(1);
    const packed = packConvolution({ dims: [4, inputs, taps], values, scales }, undefined, 1);
    expect(packed.limit).toBeGreaterThan(3000);
    free = 64;
    kernels.memory.grow(4);
    const q = putPairs(Array.from({ length: inputs }, () => new Float32Array(taps).fill(-packed.limit)));
    const y = put(plane(4, 1, 1));
    const [weights, scale, bias] = [putArray(packed.weights), putArray(packed.scales), putArray(packed.bias)];
    const { pairs, rows } = packed;
    kernels.convolve(
      q.at,
      q.stride,
      pairs,
      1,
      taps,
      1,
      weights,
      scale,
      bias,
      1,
      rows,
      y.at,
      y.stride,
      0,
      false,
    );
    const most = fround(127 * inputs * taps * packed.limit);
    expect(get(y, 3, 1).map(([sum]) => sum)).toEqual([-most, most, -most]);
    const enormous = { dims: [4, 2 ** 15, 5], values: new Int8Array(4 * 5 * 2 ** 15).fill(127), scales };
    expect(() => packConvolution(enormous, undefined, 1)).toThrow('too many weights');
  });

  test('phases, woven, are the transposed convolution', () => {
    const shape = fc.record({
      pairs: fc.integer({ min: 1, max: 3 }),
      channels: fc.integer({ min: 1, max: 5 }),
      stride: fc.integer({ min: 1, max: 8 }),
      more: fc.nat(12),
      skip: fc.nat(12),
    });
    fc.assert(
      fc.property(shape, fc.integer({ min: 1, max: 40 }), seed, (asked, frames, from) => {
        const { pairs, channels, stride, more } = asked;
        free = 64;
        const skip = Math.min(asked.skip, more);
        const [inputs, size, length] = [2 * pairs, stride + more, frames * stride];
        const values = Int8Array.from(noise(inputs * channels * size, from), (each) =>
          Math.round(each * 127),
        );
        const scales = noise(channels, from + 1).map(Math.abs);
        const packed = packPhases({ dims: [inputs, channels, size], values, scales }, undefined, stride);
        const around = packed.taps - 1;
        const x = plane(inputs, frames, from + 2, 1000).map((row) => row.map(Math.round));
        const nothing = new Array<number>(around).fill(0);
        const q = putPairs(x.map((row) => Float32Array.of(...nothing, ...row, ...nothing)));
        const phases = put(plane(packed.rows, frames + around, 1));
        const y = put(plane(channels, length, 1));
        const [weights, scale, bias] = [
          putArray(packed.weights),
          putArray(packed.scales),
          putArray(packed.bias),
        ];
        const { taps, rows } = packed;
        const of = [q.at, q.stride, pairs, frames + around, taps, 1, weights, scale, bias, 1, rows] as const;
        kernels.convolve(...of, phases.at, phases.stride, 0, false);
        kernels.weave(
          phases.at,
          phases.stride,
          frames + around,
          stride,
          skip,
          channels,
          y.at,
          y.stride,
          length,
        );
        const wanted = Array.from({ length: channels }, () => new Float64Array(length));
        for (let input = 0; input < inputs; input++) {
          for (const [channel, row] of wanted.entries()) {
            for (let frame = 0; frame < frames; frame++) {
              for (let tap = 0; tap < size; tap++) {
                const at = frame * stride + tap - skip;
                const weight = values[(input * channels + channel) * size + tap] ?? 0;
                if (at in row) row[at] = (row[at] ?? 0) + weight * (x[input]?.[frame] ?? 0);
              }
            }
          }
        }
        for (const [channel, row] of get(y, channels, length).entries())
          expect(row).toEqual(
            Float32Array.from(wanted[channel] ?? [], (sum) => fround(fround(sum) * (scales[channel] ?? 0))),
          );
      }),
      runs,
    );
  });

  test('weights that are floats become integers of 12 bits', () => {
    const values = noise(4 * 6 * 3, 9);
    const { weights, scales, limit } = packConvolution({ dims: [4, 6, 3], values }, undefined, 1);
    expect(Math.max(...weights)).toBeLessThanOrEqual(4095);
    expect(limit).toBe(32_767);
    for (const [index, value] of values.entries()) {
      const [row, input, tap] = [Math.floor(index / 18), Math.floor(index / 3) % 6, index % 3];
      const at = (((row >> 2) * 3 + (input >> 1)) * 3 + tap) * 8 + (row & 3) * 2 + (input & 1);
      const scale = scales[row] ?? 0;
      expect(Math.abs((weights[at] ?? 0) * scale - value)).toBeLessThanOrEqual(scale * 0.501);
    }
  });

  test('gate is the tanh of half of the rows times the sigmoid of the other half, to a step', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), columns, seed, (pairs, length, from) => {
        free = 64;
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
    free = 64;
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

/** Rows of whole numbers as `quantize` writes them. */
function putPairs(rows: readonly Float32Array[]): { at: number; stride: number } {
  const length = rows[0]?.length ?? 0;
  const stride = length + 8;
  const pairs = new Int16Array(rows.length * stride).fill(12_345);
  for (const [index, row] of rows.entries())
    for (const [column, each] of row.entries())
      pairs[((index >> 1) * stride + column) * 2 + (index & 1)] = each;
  return { at: putArray(pairs), stride };
}

function halfToEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
