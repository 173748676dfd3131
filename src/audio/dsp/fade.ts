import type { Channels } from '../pcm.ts';

/** Fades the first frames in as they pass and keeps the newest ones back, to fade them out should they be the last. */
export class EdgeFader {
  readonly #channels: Channels;
  readonly #fadeFrames: number;
  #held: Int16Array = new Int16Array(0);
  #passedFrames = 0;

  constructor(fadeFrames: number, channels: Channels) {
    this.#channels = channels;
    this.#fadeFrames = fadeFrames;
  }

  push(samples: Int16Array): Int16Array {
    const all = new Int16Array(this.#held.length + samples.length);
    all.set(this.#held);
    all.set(samples, this.#held.length);
    this.#fadeIn(all, this.#held.length);
    const leaving = Math.max(0, all.length - this.#fadeFrames * this.#channels);
    this.#held = all.slice(leaving);
    return all.subarray(0, leaving);
  }

  end(samples: Int16Array): Int16Array {
    const before = this.push(samples);
    const last = this.#held;
    const frames = last.length / this.#channels;
    for (let i = 0; i < last.length; i++) {
      const left = frames - 1 - Math.floor(i / this.#channels);
      last[i] = ((last[i] ?? 0) * left) / this.#fadeFrames;
    }
    const out = new Int16Array(before.length + last.length);
    out.set(before);
    out.set(last, before.length);
    return out;
  }

  #fadeIn(samples: Int16Array, from: number): void {
    for (let i = from; i < samples.length && this.#passedFrames < this.#fadeFrames; i += this.#channels) {
      for (let c = 0; c < this.#channels; c++) {
        samples[i + c] = ((samples[i + c] ?? 0) * this.#passedFrames) / this.#fadeFrames;
      }
      this.#passedFrames += 1;
    }
  }
}
