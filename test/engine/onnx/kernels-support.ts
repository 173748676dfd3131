import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { instantiate, type Kernels } from '../../../src/engine/onnx/kernels/module.ts';

const file = fileURLToPath(new URL('../../../dist/wasm/kernels.wasm', import.meta.url));

export const kernelsBytes = (): Uint8Array<ArrayBuffer> => new Uint8Array(readFileSync(file));

export function newKernels(): Kernels {
  return instantiate(new WebAssembly.Module(kernelsBytes()));
}

/** How far `got` is from `wanted`: the power of `wanted` over that of the difference, in decibels. */
export function closeness(wanted: ArrayLike<number>, got: ArrayLike<number>): number {
  let signal = 0;
  let difference = 0;
  for (let index = 0; index < wanted.length; index++) {
    const sample = wanted[index] ?? 0;
    signal += sample ** 2;
    difference += (sample - (got[index] ?? 0)) ** 2;
  }
  return 10 * Math.log10(signal / difference);
}
