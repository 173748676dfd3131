import fc from 'fast-check';
import type { Kernels } from '../../../src/engine/onnx/kernels/module.ts';
import { newKernels } from './kernels-support.ts';
import { noise } from './tiny-graph.ts';

/** Compiled once for each file of tests. */
export const kernels: Kernels = newKernels();
kernels.memory.grow(64);

/** Behind the last column stands what must reach no result. */
const RUBBISH = 1e30;
export const runs = { numRuns: 60 };

/** Rows of floats in the kernels' memory. */
export interface Rows {
  readonly at: number;
  readonly stride: number;
  readonly rows: readonly Float32Array[];
}

const FIRST = 64;
let free = FIRST;

/** What was reserved is free again. */
export function clear(): void {
  free = FIRST;
}

function reserve(bytes: number): number {
  const at = free;
  free += Math.ceil(bytes / 16) * 16 + 64;
  return at;
}

export function put(rows: readonly Float32Array[], columns = rows[0]?.length ?? 0): Rows {
  const stride = columns + 9 + (columns % 3);
  const at = reserve(rows.length * stride * 4);
  const floats = new Float32Array(kernels.memory.buffer, at, rows.length * stride).fill(RUBBISH);
  for (const [index, row] of rows.entries()) floats.set(row, index * stride);
  return { at, stride, rows };
}

export function get({ at, stride }: Omit<Rows, 'rows'>, rows: number, columns: number): Float32Array[] {
  const floats = new Float32Array(kernels.memory.buffer);
  return Array.from({ length: rows }, (_, row) =>
    floats.slice(at / 4 + row * stride, at / 4 + row * stride + columns),
  );
}

/** Room for weights of 8 bits of four rows, as `convolve` needs them. */
export function putWide({ pairs, taps }: { readonly pairs: number; readonly taps: number }): number {
  return putArray(new Float32Array(pairs * taps * 4).fill(RUBBISH));
}

export function putArray(array: Int8Array | Int16Array | Float32Array): number {
  const at = reserve(array.byteLength);
  new Uint8Array(kernels.memory.buffer, at).set(
    new Uint8Array(array.buffer, array.byteOffset, array.byteLength),
  );
  return at;
}

export function plane(rows: number, columns: number, seed: number, most = 1): Float32Array[] {
  return Array.from({ length: rows }, (_, row) => noise(columns, seed + row).map((each) => each * most));
}

export const columns = fc.integer({ min: 1, max: 300 });
export const seed = fc.integer({ min: 1, max: 1e6 });

/** Rows of whole numbers as `quantize` writes them. */
export function putPairs(rows: readonly Float32Array[]): { at: number; stride: number } {
  const length = rows[0]?.length ?? 0;
  const stride = length + 8;
  const pairs = new Int16Array(rows.length * stride).fill(12_345);
  for (const [index, row] of rows.entries())
    for (const [column, each] of row.entries())
      pairs[((index >> 1) * stride + column) * 2 + (index & 1)] = each;
  return { at: putArray(pairs), stride };
}

export function halfToEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
