/** Each kernel against the same in plain TypeScript: what is whole numbers or one rounding is the same to the bit. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { packConvolution, packPhases } from '../../../src/engine/onnx/kernels/pack-weights.ts';
import {
  clear,
  columns,
  get,
  kernels,
  plane,
  put,
  putArray,
  putPairs,
  putWide,
  runs,
  seed,
} from './kernels-memory.ts';
import { noise } from './tiny-graph.ts';

const { fround } = Math;

describe('kernels that convolve', () => {
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
        clear();
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
          putWide(packed),
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
    clear();
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
      putWide(packed),
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
        clear();
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
        kernels.convolve(...of, phases.at, phases.stride, 0, false, putWide(packed));
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
});
