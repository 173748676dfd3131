/** What no sample goes beyond: 1 dB below full scale, as EBU R 128 asks for. */
export const CEILING: number = 29_205 / 32_768;

/** Samples between the first sign of a peak and the peak: 5 ms of speech, less than a window of any voice is long. */
const LOOK_AHEAD = 128;
/** Of what is missing to the full gain, what comes back with each sample: two thirds within 90 ms, longer than a period of a low voice. */
const RELEASE = 1 / 2048;

/**
 * A gain, and a limiter for what it makes too loud (look-ahead, as in D. Giannoulis et al., "Digital Dynamic Range Compressor
 * Design", JAES 60(6)): before a peak the level glides down within 5 ms, behind it back within a tenth of a second, so that
 * no wave is bent. What stays below the ceiling is multiplied by the gain and nothing else.
 *
 * Only sums, products, quotients and comparisons of doubles: the same samples on every runtime, however they are cut into windows.
 */
export class Limiter {
  readonly #gain: number;
  /** Rings of the last `LOOK_AHEAD` samples: what came, what each would bear, and the gains that follow from that. */
  readonly #samples = new Float64Array(LOOK_AHEAD);
  readonly #bearable = new Float64Array(LOOK_AHEAD).fill(1);
  readonly #gains = new Float64Array(LOOK_AHEAD).fill(1);
  #gainSum = LOOK_AHEAD;
  #released = 1;
  #lowest = 1;
  #taken = 0;

  /** @param gain 1 leaves what is not too loud as it is */
  constructor(gain: number) {
    this.#gain = gain;
  }

  /** As many samples as came, but for those that wait for the next ones to be known; with `last` all of them. */
  push(samples: Float32Array, last: boolean): Float32Array {
    const waiting = Math.min(this.#taken, LOOK_AHEAD - 1);
    const taken = samples.length + (last ? LOOK_AHEAD - 1 : 0);
    const out = new Float32Array(Math.max(0, waiting + taken - (LOOK_AHEAD - 1)));
    for (let at = 0, written = 0; at < taken; at++) {
      const isFirst = this.#taken < LOOK_AHEAD - 1;
      const made = this.#take(samples[at] ?? 0);
      if (!isFirst) out[written++] = made;
    }
    return out;
  }

  /** Takes a sample in, and gives the one that came `LOOK_AHEAD - 1` before it. */
  #take(sample: number): number {
    const place = this.#taken++ % LOOK_AHEAD;
    const louder = sample * this.#gain;
    const size = Math.abs(louder);
    const leaving = this.#bearable[place] ?? 1;
    const bearable = size > CEILING ? CEILING / size : 1;
    this.#samples[place] = louder;
    this.#bearable[place] = bearable;
    if (bearable <= this.#lowest) this.#lowest = bearable;
    else if (leaving === this.#lowest) this.#lowest = Math.min(...this.#bearable);
    this.#released = Math.min(this.#lowest, this.#released + (1 - this.#released) * RELEASE);
    this.#gainSum += this.#released - (this.#gains[place] ?? 1);
    this.#gains[place] = this.#released;
    return (this.#samples[this.#taken % LOOK_AHEAD] ?? 0) * Math.min(1, this.#gainSum / LOOK_AHEAD);
  }
}
