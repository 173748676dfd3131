import type { KernelMemory, PlacedWeights } from '../kernels/memory.ts';
import type { Kernels } from '../kernels/module.ts';
import type { PackedConvolution } from '../kernels/pack-weights.ts';
import type { Floats, Room, Value } from './value.ts';

const BYTES = 4;
/** Rows begin at multiples of what a SIMD load takes; kernels may read and write so many columns behind the last one. */
const ALIGNMENT = 16;
const BEHIND = 8;

/** A convolution whose weights the kernels have. */
export interface PlacedConvolution {
  readonly placed: PlacedWeights;
  readonly channels: number;
  readonly left: number;
  readonly right: number;
}

/** What the encoder spends its time on, by the kernels: weights lie in their memory for good, all else is copied there and back. */
export class Products {
  readonly #kernels: Kernels;
  readonly #memory: KernelMemory;

  constructor(kernels: Kernels, memory: KernelMemory) {
    this.#kernels = kernels;
    this.#memory = memory;
  }

  /** Takes the weights. @param channels of the result */
  place(packed: PackedConvolution, channels: number, left: number, right: number): PlacedConvolution {
    return { placed: this.#memory.place(packed), channels, left, right };
  }

  convolve(convolution: PlacedConvolution, { dims, data }: Floats, room: Room): Floats {
    const { placed, channels, left, right } = convolution;
    const { packed, weights, scales, bias, wide } = placed;
    const { rows, pairs, taps, dilation, limit } = packed;
    const length = dims[2] ?? 0;
    const made = length + left + right - (taps - 1) * dilation;
    const stride = aligned(Math.max(length + left + right, made) + BEHIND);
    const from = aligned(this.#memory.end);
    const integers = from + 2 * pairs * stride * BYTES;
    const to = integers + pairs * stride * BYTES;
    this.#memory.reserve(to + rows * stride * BYTES);
    this.#write(data, 2 * pairs, length, from, stride);
    const peak = this.#kernels.peak(from, stride, 2 * pairs, length);
    const factor = peak > 0 ? limit / peak : 0;
    const unit = peak > 0 ? peak / limit : 0;
    const { quantize, convolve } = this.#kernels;
    quantize(from, stride, 2 * pairs, length, factor, factor, integers, stride, left, right);
    convolve(
      integers,
      stride,
      pairs,
      made,
      taps,
      dilation,
      weights,
      scales,
      bias,
      unit,
      rows,
      to,
      stride,
      0,
      false,
      wide,
    );
    return this.#read(room.floats([1, channels, made]), channels, made, to, stride);
  }

  /** Matrices, one behind the other, of `a` times those of `b`, or the only one of either. */
  multiply(a: Floats, b: Floats, dims: readonly number[], room: Room): Floats {
    const [rows = 1, length = 1] = dims.slice(-2);
    const inner = a.dims.at(-1) ?? 1;
    const made = room.floats(dims);
    const count = made.data.length / (rows * length);
    const whole = Math.ceil(rows / 4) * 4;
    const stride = aligned(length + BEHIND);
    const left = aligned(this.#memory.end);
    const right = aligned(left + whole * inner * BYTES);
    const to = right + inner * stride * BYTES;
    this.#memory.reserve(to + whole * stride * BYTES);
    for (let index = 0; index < count; index++) {
      const partA =
        a.data.length === rows * inner
          ? a.data
          : a.data.subarray(index * rows * inner, (index + 1) * rows * inner);
      const partB =
        b.data.length === inner * length
          ? b.data
          : b.data.subarray(index * inner * length, (index + 1) * inner * length);
      new Float32Array(this.#kernels.memory.buffer, left).set(partA);
      this.#write(partB, inner, length, right, stride);
      this.#kernels.multiply(left, right, to, whole, inner, length, stride);
      const part = { dims, data: made.data.subarray(index * rows * length, (index + 1) * rows * length) };
      this.#read(part, rows, length, to, stride);
    }
    return made;
  }

  gelu({ dims, data }: Floats, room: Room): Floats {
    const at = aligned(this.#memory.end);
    this.#memory.reserve(at + (data.length + BEHIND) * BYTES);
    this.#write(data, 1, data.length, at, 0);
    this.#kernels.gelu(at, data.length);
    return this.#read(room.floats(dims), 1, data.length, at, 0);
  }

  /** Along the last axis. */
  softmax({ dims, data }: Floats, room: Room): Floats {
    const length = dims.at(-1) ?? 1;
    const rows = length === 0 ? 0 : data.length / length;
    const stride = aligned(length + BEHIND);
    const at = aligned(this.#memory.end);
    this.#memory.reserve(at + rows * stride * BYTES);
    this.#write(data, rows, length, at, stride);
    this.#kernels.softmax(at, stride, rows, length);
    return this.#read(room.floats(dims), rows, length, at, stride);
  }

  /** Of [1, rows, columns], each column; `gains` and `offsets` have one element for each row. */
  normalize({ dims, data }: Floats, gains: Value, offsets: Value, epsilon: number, room: Room): Floats {
    const [, rows = 0, length = 0] = dims;
    const stride = aligned(length + BEHIND);
    const at = aligned(this.#memory.end);
    const gainsAt = at + rows * stride * BYTES;
    const offsetsAt = gainsAt + rows * BYTES;
    this.#memory.reserve(offsetsAt + rows * BYTES);
    this.#write(data, rows, length, at, stride);
    const { buffer } = this.#kernels.memory;
    new Float32Array(buffer, gainsAt).set(gains.data);
    new Float32Array(buffer, offsetsAt).set(offsets.data);
    this.#kernels.normalize(at, stride, rows, length, gainsAt, offsetsAt, epsilon);
    return this.#read(room.floats(dims), rows, length, at, stride);
  }

  #write(data: Float32Array, rows: number, length: number, at: number, stride: number): void {
    const floats = new Float32Array(this.#kernels.memory.buffer, at);
    for (let row = 0; row < rows; row++)
      floats.set(data.subarray(row * length, (row + 1) * length), row * stride);
  }

  #read(into: Floats, rows: number, length: number, at: number, stride: number): Floats {
    const floats = new Float32Array(this.#kernels.memory.buffer, at);
    for (let row = 0; row < rows; row++)
      into.data.set(floats.subarray(row * stride, row * stride + length), row * length);
    return into;
  }
}

function aligned(count: number): number {
  return Math.ceil(count / ALIGNMENT) * ALIGNMENT;
}
