import {
  type Channels,
  checkRate,
  FrameAligner,
  frameBytes,
  fromInt16,
  type PcmFilter,
  toInt16,
} from '../pcm.ts';

/** What the text asks for between two pieces of speech. */
export type PauseKind = 'none' | 'clause' | 'sentence' | 'paragraph';

const PAUSE_MS: Readonly<Record<PauseKind, number>> = { none: 0, clause: 120, sentence: 250, paragraph: 500 };

/** What is left of the silence at either end of a piece. */
const KEPT_MS = 10;
/** Linear fade at either end, so that a join never clicks. */
const FADE_MS = 5;
/** The longest silence inside a piece, the rest is cut out: bounds what is held back, and an engine's dead air. */
const MAX_MS = 2000;

/** Sound begins at -50 dBFS and lasts while it stays above -54 dBFS: a decaying end is not cut at its first dip. */
const ONSET_DBFS = -50;
const DECAY_DBFS = -54;

/** A trimmer, and what it did. */
export interface Trimmer extends PcmFilter {
  /** Where a frame of what went in stands in what came out; where it was cut out, the place of the cut. */
  placeOf(frame: number): number;
}

/** Digital silence for a pause of `kind`: whole frames of s16le. A `speed` of 2 halves it. `rate` is in Hz. */
export function pauseBytes(kind: PauseKind, rate: number, channels: Channels, speed = 1): Uint8Array {
  return new Uint8Array(framesIn(PAUSE_MS[kind] / speed, rate) * frameBytes(channels));
}

/**
 * Trims one piece of s16le speech for joining: silence before and after it is cut down to 10 ms, silence inside it to
 * 2 s, and both ends get a 5 ms fade. Chunks may be cut anywhere, also inside a frame, and the bytes that come out do not
 * depend on where. Sound leaves 5 ms late; only silence is held back longer. A piece that is all silence becomes its last
 * 10 ms.
 *
 * Silence is part of what a speed shortens: at half the speed 20 ms are left, and at most 4 s inside, or slow speech would be
 * too short and fast speech too long.
 *
 * @param rate sample rate in Hz
 * @param speed at which the piece is spoken
 * @throws RangeError for a rate outside MIN_RATE..MAX_RATE
 */
export function createTrimmer(rate: number, channels: Channels, speed = 1): Trimmer {
  checkRate(rate);
  const aligner = new FrameAligner(frameBytes(channels));
  const keptFrames = framesIn(KEPT_MS / speed, rate);
  const cutter = new SilenceCutter(channels, keptFrames, framesIn(MAX_MS / speed, rate));
  const fader = faderOf(rate, channels, speed);
  let open = true;
  return {
    push(pcm) {
      if (!open) throw new Error('This filter has ended.');
      return fromInt16(fader.push(cutter.push(toInt16(aligner.push(pcm)))));
    },
    end() {
      if (!open) return new Uint8Array(0);
      open = false;
      return fromInt16(fader.end(cutter.end()));
    },
    close() {
      open = false;
    },
    placeOf: (frame) => cutter.placeOf(frame),
  };
}

/** The fades of `createTrimmer` alone, for a piece that was trimmed before its speed was changed. */
export function createFader(rate: number, channels: Channels, speed = 1): PcmFilter {
  checkRate(rate);
  const aligner = new FrameAligner(frameBytes(channels));
  const fader = faderOf(rate, channels, speed);
  return {
    push: (pcm) => fromInt16(fader.push(toInt16(aligner.push(pcm)))),
    end: () => fromInt16(fader.end(new Int16Array(0))),
    close() {},
  };
}

function faderOf(rate: number, channels: Channels, speed: number): EdgeFader {
  return new EdgeFader(framesIn(Math.min(FADE_MS, KEPT_MS / speed), rate), channels);
}

function framesIn(ms: number, rate: number): number {
  return Math.round((ms / 1000) * rate);
}

function amplitude(dbfs: number): number {
  return 32_768 * 10 ** (dbfs / 20);
}

const ONSET: number = amplitude(ONSET_DBFS);
const DECAY: number = amplitude(DECAY_DBFS);

/** Lets through sound and the first of the silence after it; the rest of a silence only once sound follows. */
class SilenceCutter {
  readonly #channels: Channels;
  readonly #keptFrames: number;
  readonly #longestFrames: number;
  /** The newest frames of a silence that may be the last. Before any sound there is room for what is kept only. */
  #held: FrameRing;
  #heard = false;
  #quietFrames: number;
  /** Frames that came in with the chunks before. */
  #framesIn = 0;
  /** What was cut out, in frames of what came in: few, as each is what a silence has too much. */
  readonly #cuts: { readonly from: number; readonly to: number }[] = [];

  constructor(channels: Channels, keptFrames: number, longestFrames: number) {
    this.#channels = channels;
    this.#keptFrames = keptFrames;
    this.#longestFrames = longestFrames;
    this.#held = new FrameRing(this.#keptFrames, channels);
    this.#quietFrames = this.#keptFrames;
  }

  push(samples: Int16Array): Int16Array {
    const channels = this.#channels;
    const out = new Int16Array(this.#held.length + samples.length);
    let length = 0;
    let from = 0; // what passes is copied run by run
    let quietFrames = this.#quietFrames;
    for (let at = 0; at < samples.length; at += channels) {
      const decaying = quietFrames < this.#keptFrames;
      if (isLouder(samples, at, channels, decaying ? DECAY : ONSET)) {
        if (!decaying) length = this.#hear(out, length, this.#framesIn + at / channels);
        quietFrames = 0;
      } else if (decaying) {
        quietFrames += 1;
      } else {
        if (from < at) out.set(samples.subarray(from, at), length);
        length += at - from;
        from = at + channels;
        this.#held.put(samples, at);
      }
    }
    this.#quietFrames = quietFrames;
    this.#framesIn += samples.length / channels;
    out.set(samples.subarray(from), length);
    return out.subarray(0, length + samples.length - from);
  }

  /** What is left to say: nothing, but the kept silence of a piece that never made a sound. */
  end(): Int16Array {
    const rest = new Int16Array(this.#heard ? 0 : this.#held.length);
    if (!this.#heard) this.#held.drain(rest, 0);
    return rest;
  }

  placeOf(frame: number): number {
    let place = frame;
    for (const { from, to } of this.#cuts) place -= Math.max(0, Math.min(frame, to) - from);
    return place;
  }

  /** Sound begins again at frame `at` of what came in. */
  #hear(out: Int16Array, length: number, at: number): number {
    const { dropped } = this.#held;
    const to = at - this.#held.length / this.#channels;
    if (dropped > 0) this.#cuts.push({ from: to - dropped, to });
    const end = this.#held.drain(out, length);
    if (!this.#heard) {
      this.#heard = true;
      this.#held = new FrameRing(this.#longestFrames - this.#keptFrames, this.#channels);
    }
    return end;
  }
}

function isLouder(samples: Int16Array, at: number, channels: Channels, threshold: number): boolean {
  return Math.abs(samples[at] ?? 0) >= threshold || Math.abs(samples[at + channels - 1] ?? 0) >= threshold;
}

/** The newest frames put into it, at most `capacity` of them. */
class FrameRing {
  readonly #channels: Channels;
  readonly #samples: Int16Array;
  #next = 0;
  /** Samples held. */
  length = 0;
  /** Frames that it had no room for since it was drained. */
  dropped = 0;

  constructor(capacity: number, channels: Channels) {
    this.#channels = channels;
    this.#samples = new Int16Array(capacity * channels);
  }

  put(from: Int16Array, at: number): void {
    const size = this.#samples.length;
    for (let c = 0; c < this.#channels; c++) this.#samples[this.#next + c] = from[at + c] ?? 0;
    this.#next = (this.#next + this.#channels) % size;
    if (this.length === size) this.dropped += 1;
    this.length = Math.min(this.length + this.#channels, size);
  }

  /** Moves everything into `out` at `at`, oldest first; returns where it ends. */
  drain(out: Int16Array, at: number): number {
    this.dropped = 0;
    if (this.length === 0) return at; // at every loud frame: the common case
    const size = this.#samples.length;
    const oldest = (this.#next - this.length + size) % size;
    const untilWrap = this.#samples.subarray(oldest, Math.min(oldest + this.length, size));
    out.set(untilWrap, at);
    out.set(this.#samples.subarray(0, this.length - untilWrap.length), at + untilWrap.length);
    const end = at + this.length;
    this.length = 0;
    this.#next = 0;
    return end;
  }
}

/** Fades the first frames in as they pass and keeps the newest ones back, to fade them out should they be the last. */
class EdgeFader {
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
