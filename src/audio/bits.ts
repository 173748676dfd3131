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
