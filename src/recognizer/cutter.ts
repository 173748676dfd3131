import { RECOGNIZER_RATE } from './recognizer.ts';

/** A stretch of sound that is transcribed at once. */
export interface Cut {
  /** -1..1 */
  readonly samples: Float32Array;
  /** In samples from the start of the recording. */
  readonly start: number;
  readonly end: number;
}

/** 20 ms: what a level is measured of. */
const FRAME = RECOGNIZER_RATE / 50;
const FRAMES_PER_SECOND = RECOGNIZER_RATE / FRAME;
/** The model was trained on pieces of 4 to 30 s (Moonshine, arXiv 2410.15608). */
const MAX_FRAMES = 25 * FRAMES_PER_SECOND;
/** Where no long silence comes in time, the quietest moment after this is where a piece ends. */
const MIN_FRAMES = 10 * FRAMES_PER_SECOND;
const QUIET_FRAMES = 15;
/** So long a silence ends a piece: sentences of one speaker are closer together. */
const PAUSE_FRAMES = FRAMES_PER_SECOND;
/** Silence that stays around sound: a soft beginning or end is not lost. */
const MARGIN_FRAMES = 10;
/** Root mean square of what is taken for sound: -50 dBFS. Room noise of a quiet recording is below. */
const SOUND_LEVEL = 10 ** (-50 / 20);
/** Less sound than 60 ms is a click. */
const MIN_SOUND = 3;
const FULL_SCALE = 32_768;

/** Cuts a recording at its silences, while it comes, into pieces of at most 25 s. Silence between them is left out. */
export class Cutter {
  readonly #buffer: Float32Array = new Float32Array(MAX_FRAMES * FRAME);
  #levels: number[] = [];
  /** Samples in the buffer; the last frame may be partial. */
  #length = 0;
  /** Where the buffer begins, in samples of the recording. */
  #start = 0;
  /** Frames with sound in the buffer, and the last of them. */
  #sound = 0;
  #lastSound = -1;

  /** Samples so far. */
  get heard(): number {
    return this.#start + this.#length;
  }

  push(samples: Int16Array): Cut[] {
    const cuts: Cut[] = [];
    for (let at = 0; at < samples.length; ) {
      const room = FRAME - (this.#length % FRAME);
      const part = samples.subarray(at, at + room);
      for (const sample of part) this.#buffer[this.#length++] = sample / FULL_SCALE;
      at += part.length;
      if (this.#length % FRAME === 0) cuts.push(...this.#measure());
    }
    return cuts;
  }

  /** What is left. */
  end(): Cut[] {
    const cut = this.#take(this.#length);
    return cut ? [cut] : [];
  }

  /** After each whole frame. */
  #measure(): Cut[] {
    const index = this.#levels.length;
    const level = rootMeanSquare(this.#buffer.subarray(index * FRAME, this.#length));
    this.#levels.push(level);
    if (level >= SOUND_LEVEL) {
      this.#sound += 1;
      this.#lastSound = index;
    }
    if (this.#sound === 0) {
      if (this.#levels.length > MARGIN_FRAMES) this.#drop(1);
      return [];
    }
    const isPause = index - this.#lastSound >= PAUSE_FRAMES;
    if (!isPause && this.#levels.length < MAX_FRAMES) return [];
    const frames = isPause ? this.#levels.length : this.#quietest();
    const cut = this.#take(frames * FRAME);
    return cut ? [cut] : [];
  }

  /** The frame in the middle of the quietest 300 ms, the last of several. */
  #quietest(): number {
    let best = this.#levels.length;
    let least = Number.POSITIVE_INFINITY;
    for (let from = MIN_FRAMES; from + QUIET_FRAMES <= this.#levels.length; from++) {
      const sum = this.#levels.slice(from, from + QUIET_FRAMES).reduce((total, level) => total + level, 0);
      if (sum > least) continue;
      least = sum;
      best = from + Math.floor(QUIET_FRAMES / 2);
    }
    return best;
  }

  /** Takes the first `length` samples out of the buffer; undefined when there is no sound in them. */
  #take(length: number): Cut | undefined {
    const frames = Math.ceil(length / FRAME);
    const sounding = this.#levels.slice(0, frames).map((level) => level >= SOUND_LEVEL);
    const until = Math.min(length, (sounding.lastIndexOf(true) + 1 + MARGIN_FRAMES) * FRAME);
    const isSound = sounding.filter(Boolean).length >= MIN_SOUND;
    const start = this.#start;
    const cut = isSound ? { samples: this.#buffer.slice(0, until), start, end: start + until } : undefined;
    this.#drop(frames);
    return cut;
  }

  #drop(frames: number): void {
    const samples = Math.min(frames * FRAME, this.#length);
    this.#buffer.copyWithin(0, samples, this.#length);
    this.#length -= samples;
    this.#start += samples;
    this.#levels = this.#levels.slice(frames);
    this.#sound = this.#levels.filter((level) => level >= SOUND_LEVEL).length;
    this.#lastSound = this.#levels.findLastIndex((level) => level >= SOUND_LEVEL);
  }
}

function rootMeanSquare(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return Math.sqrt(sum / samples.length);
}
