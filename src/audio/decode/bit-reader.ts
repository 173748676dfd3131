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
