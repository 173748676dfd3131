import { RATE } from '../api/speech.ts';
import { audioContext } from './context.ts';

/** A stretch of audio that plays without a gap: sample `from` is heard at `at`, seconds of the context. */
interface Run {
  readonly at: number;
  readonly from: number;
}

/** How long the first chunk waits to be played: less than anybody notices, more than a browser needs. */
const LEAD_SECONDS = 0.04;
/** After a gap a little more is let come first; after each further one twice as much: few long gaps are better than many. */
const CATCH_UP_SECONDS = 0.25;
const MAX_CATCH_UP_SECONDS = 4;
/** How much is handed to the browser ahead of what is heard. Pages in the background are called about once a second. */
const AHEAD_SECONDS = 20;
/** Handed over in one piece. */
const PIECE_SECONDS = 1;

/** Plays PCM while it comes; all of it stays, so that one can go back. */
export class Player {
  /** Samples so far. */
  length = 0;
  /** How often all that had come was heard, and more came later. */
  gaps = 0;
  private readonly chunks: { readonly from: number; readonly samples: Int16Array<ArrayBuffer> }[] = [];
  private readonly context = audioContext();
  private readonly sources = new Set<AudioBufferSourceNode>();
  private run: Run | undefined;
  private scheduled = 0;
  private isComplete = false;
  private isPaused = false;
  private catchUp = CATCH_UP_SECONDS;

  private readonly onEnd: () => void;

  /** @param onEnd when the last sample was heard */
  constructor(onEnd: () => void) {
    this.onEnd = onEnd;
  }

  append(samples: Int16Array<ArrayBuffer>): void {
    if (samples.length === 0) return;
    this.chunks.push({ from: this.length, samples });
    this.length += samples.length;
    this.schedule();
  }

  /** Nothing more will come. */
  complete(): void {
    this.isComplete = true;
    this.schedule();
  }

  /** The sample that is heard now. */
  position(): number {
    if (!this.run) return this.scheduled;
    const heard = this.run.from + Math.max(0, this.context.currentTime - this.run.at) * RATE;
    return Math.min(heard, this.scheduled);
  }

  /** Milliseconds until what was appended first is heard, as far as the page can know. */
  delay(): number {
    const seconds = (this.run?.at ?? this.context.currentTime) - this.context.currentTime;
    return (seconds + this.context.baseLatency) * 1000;
  }

  pause(): void {
    const at = this.position();
    this.silence();
    this.scheduled = Math.round(at);
    this.isPaused = true;
  }

  play(): void {
    if (this.isPaused && this.isComplete && this.scheduled >= this.length) this.scheduled = 0;
    this.isPaused = false;
    void this.context.resume();
    this.schedule();
  }

  seek(sample: number): void {
    this.silence();
    this.scheduled = Math.max(0, Math.min(Math.round(sample), this.length));
    this.schedule();
  }

  /** Silent for good. What was said stays. */
  stop(): void {
    this.pause();
    this.isComplete = true;
  }

  /** All that came, in order. */
  samples(): Int16Array<ArrayBuffer> {
    const all = new Int16Array(this.length);
    for (const { from, samples } of this.chunks) all.set(samples, from);
    return all;
  }

  private schedule(): void {
    if (this.isPaused) return;
    const now = this.context.currentTime;
    const playedUp = this.run && this.run.at + (this.scheduled - this.run.from) / RATE <= now;
    if (!this.run || playedUp) {
      const waiting = (this.length - this.scheduled) / RATE;
      if (playedUp && !this.isComplete && waiting < this.catchUp) return; // a gap: `append` comes again
      if (playedUp && waiting > 0) this.endGap();
      this.run = { at: now + LEAD_SECONDS, from: this.scheduled };
    }
    while (this.scheduled < this.length && this.startOf(this.scheduled) < now + AHEAD_SECONDS) this.start();
    if (this.isComplete && this.scheduled >= this.length && this.sources.size === 0) this.end();
  }

  private endGap(): void {
    this.gaps++;
    this.catchUp = Math.min(MAX_CATCH_UP_SECONDS, this.catchUp * 2);
  }

  private startOf(sample: number): number {
    const { at, from } = this.run as Run;
    return at + (sample - from) / RATE;
  }

  private start(): void {
    const samples = this.read(this.scheduled, PIECE_SECONDS * RATE);
    const buffer = this.context.createBuffer(1, samples.length, RATE);
    buffer.copyToChannel(samples, 0);
    const source = new AudioBufferSourceNode(this.context, { buffer });
    source.connect(this.context.destination);
    source.onended = () => {
      this.sources.delete(source);
      this.schedule();
    };
    this.sources.add(source);
    source.start(this.startOf(this.scheduled));
    this.scheduled += samples.length;
  }

  /** Up to `most` samples from `from` on, as the browser wants them. */
  private read(from: number, most: number): Float32Array<ArrayBuffer> {
    const samples = new Float32Array(Math.min(most, this.length - from));
    let index = this.chunks.findLastIndex((chunk) => chunk.from <= from);
    for (let at = 0; at < samples.length; index++) {
      const chunk = this.chunks[index];
      if (!chunk) break;
      for (let i = from + at - chunk.from; i < chunk.samples.length && at < samples.length; i++)
        samples[at++] = (chunk.samples[i] ?? 0) / 32_768;
    }
    return samples;
  }

  private end(): void {
    this.isPaused = true;
    this.run = undefined;
    this.onEnd();
  }

  private silence(): void {
    for (const source of this.sources) {
      source.onended = null;
      source.stop();
      source.disconnect();
    }
    this.sources.clear();
    this.run = undefined;
  }
}
