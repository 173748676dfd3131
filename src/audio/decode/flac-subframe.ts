/** Types of subframes (RFC 9639, section 9.2.1). */
const CONSTANT = 0;
const VERBATIM = 1;
const FIXED = 8;
const MAX_FIXED_ORDER = 4;
const LINEAR = 32;

/** What a sample is predicted from (section 9.2.5): the weights of the last samples, the latest first. */
const fixedWeights: readonly (readonly number[])[] = [[], [1], [2, -1], [3, -3, 1], [4, -6, 4, -1]];

/** The samples of one channel in one frame (section 9.2). @throws RangeError when the bits make no sense */
export function readSubframe(bits: BitReader, length: number, sampleBits: number): Int32Array {
  const header = bits.take(8);
  const type = (header >> 1) & 63;
  const wasted = header & 1 ? bits.takeUnary() + 1 : 0;
  const width = sampleBits - wasted;
  if (header & 0x80 || width < 1) throw new RangeError('This is no subframe.');
  const samples = readSamples(bits, type, length, width);
  if (wasted > 0) for (let at = 0; at < length; at++) samples[at] = (samples[at] ?? 0) << wasted;
  return samples;
}

function readSamples(bits: BitReader, type: number, length: number, width: number): Int32Array {
  const samples = new Int32Array(length);
  if (type === CONSTANT) return samples.fill(bits.takeSigned(width));
  if (type === VERBATIM) {
    for (let at = 0; at < length; at++) samples[at] = bits.takeSigned(width);
    return samples;
  }
  const order = type >= LINEAR ? type - LINEAR + 1 : type - FIXED;
  if (order < 0 || (type < LINEAR && order > MAX_FIXED_ORDER) || order > length) {
    throw new RangeError('The subframe has an unknown type.');
  }
  for (let at = 0; at < order; at++) samples[at] = bits.takeSigned(width);
  const { weights, shift } =
    type >= LINEAR ? readWeights(bits, order) : { weights: fixedWeights[order] ?? [], shift: 0 };
  readResidual(bits, samples, order);
  restore(samples, weights, shift);
  return samples;
}

function readWeights(bits: BitReader, order: number): { weights: number[]; shift: number } {
  const precision = bits.take(4) + 1;
  const shift = bits.takeSigned(5);
  if (precision > 15 || shift < 0) throw new RangeError('The predictor is not one.');
  return { weights: Array.from({ length: order }, () => bits.takeSigned(precision)), shift };
}

/** Rice-coded differences (section 9.2.7), from sample `order` on. */
function readResidual(bits: BitReader, samples: Int32Array, order: number): void {
  const method = bits.take(2);
  if (method > 1) throw new RangeError('The residual has an unknown coding.');
  const parameterBits = method === 0 ? 4 : 5;
  const escaped = 2 ** parameterBits - 1;
  const partitions = 2 ** bits.take(4);
  const each = samples.length / partitions;
  if (!Number.isInteger(each) || each < order) throw new RangeError('The residual has odd partitions.');
  for (let partition = 0, at = order; partition < partitions; partition++) {
    const parameter = bits.take(parameterBits);
    const end = (partition + 1) * each;
    if (parameter === escaped) {
      const width = bits.take(5);
      while (at < end) samples[at++] = bits.takeSigned(width);
    } else {
      while (at < end) {
        const folded = bits.takeUnary() * 2 ** parameter + bits.take(parameter);
        samples[at++] = folded % 2 === 0 ? folded / 2 : -(folded + 1) / 2;
      }
    }
  }
}

/** Adds to each difference what was predicted. Sums have up to 45 bits: numbers hold them, 32-bit integers do not. */
function restore(samples: Int32Array, weights: readonly number[], shift: number): void {
  const scale = 2 ** shift;
  for (let at = weights.length; at < samples.length; at++) {
    let sum = 0;
    for (let back = 0; back < weights.length; back++) {
      sum += (weights[back] ?? 0) * (samples[at - 1 - back] ?? 0);
    }
    samples[at] = (samples[at] ?? 0) + Math.floor(sum / scale);
  }
}

const MAX_BITS = 32;

/** Reads numbers of any width, the highest bit first. */
export class BitReader {
  readonly #bytes: Uint8Array;
  /** In bits. */
  #at: number;

  /** @param from index of the first byte */
  constructor(bytes: Uint8Array, from = 0) {
    this.#bytes = bytes;
    this.#at = from * 8;
  }

  /** The byte that holds the next bit. */
  get byte(): number {
    return this.#at >> 3;
  }

  /** Unsigned, of at most 32 bits. @throws RangeError at the end of the bytes */
  take(bits: number): number {
    if (bits > MAX_BITS) throw new RangeError(`${bits} bits are too many.`);
    let value = 0;
    for (let left = bits; left > 0; ) {
      const offset = this.#at & 7;
      const count = Math.min(left, 8 - offset);
      const part = (this.#next() >> (8 - offset - count)) & ((1 << count) - 1);
      value = value * 2 ** count + part;
      this.#at += count;
      left -= count;
    }
    return value;
  }

  /** In two's complement. */
  takeSigned(bits: number): number {
    const value = this.take(bits);
    return bits > 0 && value >= 2 ** (bits - 1) ? value - 2 ** bits : value;
  }

  /** How many zeros stand before the next one, which is taken as well. */
  takeUnary(): number {
    let zeros = 0;
    for (;;) {
      const offset = this.#at & 7;
      const rest = (this.#next() << offset) & 0xff;
      if (rest !== 0) {
        const leading = Math.clz32(rest) - 24;
        this.#at += leading + 1;
        return zeros + leading;
      }
      zeros += 8 - offset;
      this.#at += 8 - offset;
    }
  }

  /** Goes to the next whole byte. */
  align(): void {
    this.#at = (this.#at + 7) & ~7;
  }

  #next(): number {
    const byte = this.#bytes[this.#at >> 3];
    if (byte === undefined) throw new RangeError('The bytes are over.');
    return byte;
  }
}
