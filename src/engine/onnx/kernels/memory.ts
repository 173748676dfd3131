import type { Kernels } from './module.ts';
import type { PackedConvolution } from './pack-weights.ts';

const PAGE = 65_536;
/** Places begin at multiples of it. The kernels have no data of their own, and null is no address. */
const ALIGNMENT = 64;
/** Of what the weights of four rows take as 16-bit integers, for each pair of input rows and each tap. */
const WIDE_BYTES = 16;

/** Where the weights of a convolution lie. */
export interface PlacedWeights {
  readonly packed: PackedConvolution;
  readonly weights: number;
  readonly scales: number;
  readonly bias: number;
  /** Room for four rows of 8-bit weights as the kernels need them; 0 where they are wide already. */
  readonly wide: number;
}

/**
 * The memory of the kernels: weights, which stay, and behind them room that each run uses anew. Several graphs may share it, as long as
 * one of them runs at a time: what a run leaves behind is copied out of it.
 */
export class KernelMemory {
  readonly #kernels: Kernels;
  #end = ALIGNMENT;

  constructor(kernels: Kernels) {
    this.#kernels = kernels;
  }

  /** Behind the weights. */
  get end(): number {
    return this.#end;
  }

  /** Takes the weights. */
  place(packed: PackedConvolution): PlacedWeights {
    const wideBytes = packed.weights instanceof Int8Array ? packed.pairs * packed.taps * WIDE_BYTES : 0;
    const at = {
      weights: this.#take(packed.weights.byteLength),
      scales: this.#take(packed.scales.byteLength),
      bias: this.#take(packed.bias.byteLength),
    };
    const wide = wideBytes > 0 ? this.#take(wideBytes) : 0;
    this.reserve(this.#end);
    const { buffer } = this.#kernels.memory;
    if (wide > 0) new Int8Array(buffer, at.weights).set(packed.weights);
    else new Int16Array(buffer, at.weights).set(packed.weights);
    packed.weights.buffer.transfer(0); // at once: garbage of a few megabytes is long not collected
    packed.weights = new Int8Array();
    new Float32Array(buffer, at.scales).set(packed.scales);
    new Float32Array(buffer, at.bias).set(packed.bias);
    return { packed, ...at, wide };
  }

  reserve(end: number): void {
    const { memory } = this.#kernels;
    const missing = end - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
  }

  #take(bytes: number): number {
    const at = this.#end;
    this.#end += Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
    return at;
  }
}
