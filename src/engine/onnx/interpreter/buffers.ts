import { type Floats, type Integers, type Room, sizeOf, type Value } from './value.ts';

/** Smaller ones are not worth keeping. */
const LEAST_BYTES = 1024;
const BYTES = 4;

/**
 * Room for tensors that is used again as soon as nobody reads what stands there. A run makes a hundred megabytes of them, one after
 * the other: left to the garbage collector they would pile up.
 */
export class Buffers implements Room {
  /** By size: powers of two. */
  readonly #free = new Map<number, ArrayBuffer[]>();
  /** Values that lie in a buffer that is lent. */
  readonly #uses = new Map<ArrayBufferLike, number>();

  floats(dims: readonly number[]): Floats {
    const size = sizeOf(dims);
    return { dims, data: new Float32Array(this.#take(size * BYTES), 0, size) };
  }

  integers(dims: readonly number[]): Integers {
    const size = sizeOf(dims);
    return { dims, data: new Int32Array(this.#take(size * BYTES), 0, size) };
  }

  /** One more value lies there. */
  hold({ data: { buffer } }: Value): void {
    const uses = this.#uses.get(buffer);
    if (uses !== undefined) this.#uses.set(buffer, uses + 1);
  }

  /** One value less. */
  release({ data: { buffer } }: Value): void {
    const uses = this.#uses.get(buffer);
    if (uses === undefined) return;
    if (uses > 1) this.#uses.set(buffer, uses - 1);
    else {
      this.#uses.delete(buffer);
      const free = this.#free.get(buffer.byteLength) ?? [];
      free.push(buffer as ArrayBuffer);
      this.#free.set(buffer.byteLength, free);
    }
  }

  /** Nobody reads anything any more: what a run made and did not release is left to the garbage collector. */
  forget(): void {
    this.#uses.clear();
  }

  #take(bytes: number): ArrayBuffer {
    if (bytes < LEAST_BYTES) return new ArrayBuffer(bytes);
    const size = 2 ** Math.ceil(Math.log2(bytes));
    const buffer = this.#free.get(size)?.pop() ?? new ArrayBuffer(size);
    this.#uses.set(buffer, 0);
    return buffer;
  }
}
