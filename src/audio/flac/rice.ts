/** Rice codes of a residual (RFC 9639, section 9.2.7): each partition of it has a parameter of its own. */

export interface RicePlan {
  /** The residual is cut into 2^partitionOrder parts. */
  readonly partitionOrder: number;
  /** One for each partition. */
  readonly parameters: readonly number[];
  /** No fewer bits than `writeRice` takes. */
  readonly bits: number;
}

const MAX_PARTITION_ORDER = 4;
/** 15 would mean that the residual is stored as it is. */
const MAX_PARAMETER = 14;
const METHOD_BITS = 2;
const ORDER_BITS = 4;
const PARAMETER_BITS = 4;

/** 0, -1, 1, -2, 2 ... as 0, 1, 2, 3, 4: small numbers of either sign become small numbers. */
function fold(value: number): number {
  return (value << 1) ^ (value >> 31);
}

/** The cheapest partitions of `residual[order..length]`. */
export function planRice(residual: Int32Array, length: number, order: number): RicePlan {
  let partitionOrder = 0;
  while (partitionOrder < MAX_PARTITION_ORDER && canCut(length, order, partitionOrder + 1)) partitionOrder++;
  let sums = sumPartitions(residual, length, order, 1 << partitionOrder);
  let best = priceOf(sums, length, order);
  while (sums.length > 1) {
    sums = mergePairs(sums);
    const coarser = priceOf(sums, length, order);
    if (coarser.bits < best.bits) best = coarser;
  }
  return best;
}

function canCut(length: number, order: number, partitionOrder: number): boolean {
  return length % (1 << partitionOrder) === 0 && length >> partitionOrder > order;
}

function sumPartitions(
  residual: Int32Array,
  length: number,
  order: number,
  partitions: number,
): Float64Array {
  const sums = new Float64Array(partitions);
  const size = length / partitions;
  for (let i = 0, at = order; i < partitions; i++) {
    let sum = 0;
    for (const end = (i + 1) * size; at < end; at++) sum += fold(residual[at] ?? 0);
    sums[i] = sum;
  }
  return sums;
}

function mergePairs(sums: Float64Array): Float64Array {
  const merged = new Float64Array(sums.length / 2);
  for (let i = 0; i < merged.length; i++) merged[i] = (sums[2 * i] ?? 0) + (sums[2 * i + 1] ?? 0);
  return merged;
}

function priceOf(sums: Float64Array, length: number, order: number): RicePlan {
  const size = length / sums.length;
  const parameters: number[] = [];
  let bits = METHOD_BITS + ORDER_BITS;
  for (let i = 0; i < sums.length; i++) {
    const sum = sums[i] ?? 0;
    const codes = i === 0 ? size - order : size;
    // a code takes a one, the parameter's bits, and `value >> parameter` zeros: never more than the sum's share
    let parameter = 0;
    let zeros = sum;
    for (; parameter < MAX_PARAMETER && codes + zeros / 2 < zeros; zeros /= 2) parameter++;
    parameters.push(parameter);
    bits += PARAMETER_BITS + codes * (parameter + 1) + Math.ceil(zeros);
  }
  return { partitionOrder: Math.log2(sums.length), parameters, bits };
}

export function writeRice(
  out: BitWriter,
  residual: Int32Array,
  { length, order }: { readonly length: number; readonly order: number },
  { partitionOrder, parameters }: RicePlan,
): void {
  out.put(0, METHOD_BITS);
  out.put(partitionOrder, ORDER_BITS);
  const size = length >> partitionOrder;
  let at = order;
  for (let i = 0; i < parameters.length; i++) {
    const parameter = parameters[i] ?? 0;
    out.put(parameter, PARAMETER_BITS);
    const mask = (1 << parameter) - 1;
    for (const end = (i + 1) * size; at < end; at++) {
      const code = fold(residual[at] ?? 0);
      out.putRice(code >>> parameter, code & mask, parameter);
    }
  }
}

/** What fits into 32 bits together with the 7 that may be waiting. */
const MAX_PUT_BITS = 24;

/** Writes numbers of any width, the highest bit first, into a buffer that must be large enough. */
export class BitWriter {
  readonly #bytes: Uint8Array;
  #at = 0;
  #waiting = 0;
  #waitingBits = 0;

  constructor(capacity: number) {
    this.#bytes = new Uint8Array(capacity);
  }

  /** The lowest `bits` bits of `value`; at most MAX_PUT_BITS. */
  put(value: number, bits: number): void {
    this.#waiting = (this.#waiting << bits) | (value & ((1 << bits) - 1));
    this.#waitingBits += bits;
    while (this.#waitingBits >= 8) {
      this.#waitingBits -= 8;
      this.#bytes[this.#at++] = this.#waiting >>> this.#waitingBits;
    }
  }

  /** `quotient` zeros, a one, then the lowest `bits` bits of `rest`. */
  putRice(quotient: number, rest: number, bits: number): void {
    let zeros = quotient;
    for (; zeros + 1 + bits > MAX_PUT_BITS && zeros > 0; zeros -= Math.min(zeros, MAX_PUT_BITS))
      this.put(0, Math.min(zeros, MAX_PUT_BITS));
    this.put((1 << bits) | rest, zeros + 1 + bits);
  }

  /** Zeros up to the next whole byte. */
  align(): void {
    if (this.#waitingBits > 0) this.put(0, 8 - this.#waitingBits);
  }

  /** The whole bytes so far: a view. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#at);
  }
}
