import { RECOGNIZER_RATE } from '../../recognizer/recognizer.ts';

const FIRST_SAMPLES = 4 * RECOGNIZER_RATE;
const WINDOW = (3 * RECOGNIZER_RATE) / 10;
const STEP = RECOGNIZER_RATE / 100;

/** The audio of a turn, and what may become its beginning. Places are samples since the microphone was opened. */
export class TurnAudio {
  #samples = new Int16Array(FIRST_SAMPLES);
  #length = 0;
  #start = 0;

  /** Where it begins and ends. */
  get start(): number {
    return this.#start;
  }
  get end(): number {
    return this.#start + this.#length;
  }

  append(samples: Int16Array): void {
    const length = this.#length + samples.length;
    if (length > this.#samples.length) {
      const larger = new Int16Array(2 * length);
      larger.set(this.#samples.subarray(0, this.#length));
      this.#samples = larger;
    }
    this.#samples.set(samples, this.#length);
    this.#length = length;
  }

  /** Forgets what is before `place`. */
  dropBefore(place: number): void {
    const samples = Math.min(this.#length, Math.max(0, place - this.#start));
    this.#samples.copyWithin(0, samples, this.#length);
    this.#length -= samples;
    this.#start += samples;
  }

  /** Begins anew at `place`, in a small buffer. */
  reset(place: number): void {
    if (this.#samples.length > FIRST_SAMPLES) this.#samples = new Int16Array(FIRST_SAMPLES);
    this.#length = 0;
    this.#start = place;
  }

  /** A copy, as s16le. */
  slice(from: number, to: number): Uint8Array<ArrayBuffer> {
    const { buffer } = this.#samples.slice(Math.max(0, from - this.#start), to - this.#start);
    return new Uint8Array(buffer);
  }

  /** The middle of the quietest 300 ms between two places. */
  quietest(from: number, to: number): number {
    let best = to;
    let least = Number.POSITIVE_INFINITY;
    for (let at = from; at + WINDOW <= to; at += STEP) {
      let sum = 0;
      for (let i = at - this.#start; i < at - this.#start + WINDOW; i += 4)
        sum += (this.#samples[i] ?? 0) ** 2;
      if (sum >= least) continue;
      least = sum;
      best = at + WINDOW / 2;
    }
    return best;
  }
}
