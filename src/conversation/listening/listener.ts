import {
  LISTENING_RATE,
  type Listener,
  type ListeningOptions,
  type TurnDetection,
} from '../../core/conversation.ts';
import { SpeechFailure } from '../../core/errors.ts';
import { FRAME, type FrameDetector } from './frame-detector.ts';
import type { TurnTranscriber } from './transcriber.ts';
import { Turn } from './turn.ts';
import { TurnAudio } from './turn-audio.ts';

/** A turn that is longer is ended. */
const MAX_TURN_SECONDS = 60;
const MAX_TURN = MAX_TURN_SECONDS * LISTENING_RATE;
/** Audio that came and was not heard yet, in samples: as much as a turn. */
const MAX_WAITING = MAX_TURN;
/** Turns whose text is not there yet. */
const MAX_PENDING = 4;
/** Frames of speech in a row that begin a turn: one alone is a click. */
const START_FRAMES = 2;
/** Frames that are judged at once. */
const MAX_BATCH = 16;
/** Speech that has begun goes on below the threshold: Silero's own examples do so. */
const HYSTERESIS = 0.15;
const RETRY_AFTER_SECONDS = 1;
const BYTES = 2;
const FULL_SCALE = 32_768;

type Change = Pick<ListeningOptions, 'turnDetection' | 'language'>;
type Item =
  | { readonly kind: 'audio'; readonly samples: Int16Array }
  | { readonly kind: 'commit' }
  | { readonly kind: 'change'; readonly change: Change };

export interface ListenerParts {
  readonly detector: FrameDetector;
  readonly transcriber: TurnTranscriber;
  /** @throws SpeechFailure not_supported */
  readonly check: (options: Pick<ListeningOptions, 'language'>) => void;
  /** Called once. */
  readonly onClose: () => void;
}

/** Cuts what one microphone hears into turns. What is pushed is heard in its order, as fast as the detector judges. */
export class MicrophoneListener implements Listener {
  readonly #options: ListeningOptions;
  readonly #parts: ListenerParts;
  readonly #closing = new AbortController();
  readonly #audio = new TurnAudio();
  #detection: TurnDetection | undefined;
  #language: string | undefined;
  #items: Item[] = [];
  #isWorking = false;
  /** Changes when what waits is forgotten. */
  #epoch = 0;
  #waiting = 0;
  #taken = 0;
  #oddByte: number | undefined;
  /** Less than a frame. */
  #rest = new Int16Array(0);
  #turn: Turn | undefined;
  #turns = 0;
  /** Frames of speech in a row, before a turn. */
  #speech = 0;
  #lastSpeech = 0;
  /** Texts come in the order of their turns. */
  #texts: Promise<void> = Promise.resolve();
  #pending = 0;

  constructor(options: ListeningOptions, parts: ListenerParts) {
    this.#options = options;
    this.#parts = parts;
    this.#detection = options.turnDetection;
    this.#language = options.language;
  }

  push(pcm: Uint8Array): void {
    if (this.#closing.signal.aborted) return;
    const samples = this.#samplesOf(pcm);
    if (this.#waiting + samples.length > MAX_WAITING) {
      throw new SpeechFailure({
        code: 'overloaded',
        retryAfterSeconds: RETRY_AFTER_SECONDS,
        message: 'The audio comes faster than it can be heard.',
      });
    }
    this.#waiting += samples.length;
    this.#taken += samples.length;
    this.#add({ kind: 'audio', samples });
  }

  commit(): void {
    this.#add({ kind: 'commit' });
  }

  clear(): void {
    this.#epoch += 1;
    this.#items = this.#items.filter(({ kind }) => kind === 'change');
    this.#waiting = 0;
    this.#oddByte = undefined;
    this.#rest = new Int16Array(0);
    this.#turn?.drop();
    this.#rewind();
    this.#audio.reset(this.#taken);
  }

  change(change: Change): void {
    this.#parts.check(change);
    this.#add({ kind: 'change', change });
  }

  heardMs(): number {
    return toMs(this.#taken);
  }

  close(): void {
    if (this.#closing.signal.aborted) return;
    this.clear();
    this.#items = [];
    this.#closing.abort();
    this.#parts.onClose();
  }

  #add(item: Item): void {
    if (this.#closing.signal.aborted) return;
    this.#items.push(item);
    if (!this.#isWorking) this.#work().catch(() => this.close());
  }

  async #work(): Promise<void> {
    this.#isWorking = true;
    for (let item = this.#items.shift(); item; item = this.#items.shift()) {
      if (item.kind === 'commit') this.#commit();
      else if (item.kind === 'change') this.#change(item.change);
      else if (this.#detection) await this.#hear(item.samples);
      else this.#record(item.samples);
    }
    this.#isWorking = false;
  }

  /** A copy as samples; half a sample waits for its other half. */
  #samplesOf(pcm: Uint8Array): Int16Array {
    const odd = this.#oddByte === undefined ? [] : [this.#oddByte];
    const bytes = new Uint8Array(odd.length + pcm.length);
    bytes.set(odd);
    bytes.set(pcm, odd.length);
    this.#oddByte = bytes.length % BYTES === 0 ? undefined : bytes.at(-1);
    return new Int16Array(bytes.buffer, 0, Math.floor(bytes.length / BYTES));
  }

  #change({ turnDetection, language }: Change): void {
    this.#language = language;
    if (turnDetection && !this.#detection) this.#lastSpeech = this.#audio.end;
    this.#detection = turnDetection;
    if (!turnDetection) this.#record(this.#takeRest());
  }

  #takeRest(): Int16Array {
    const rest = this.#rest;
    this.#rest = new Int16Array(0);
    return rest;
  }

  /** Without turn detection: all of it belongs to the turn. */
  #record(samples: Int16Array): void {
    this.#waiting = Math.max(0, this.#waiting - samples.length);
    for (let at = 0; at < samples.length; ) {
      this.#turn ??= this.#begin(this.#audio.start);
      const part = samples.subarray(at, at + MAX_TURN - (this.#audio.end - this.#audio.start));
      this.#audio.append(part);
      at += part.length;
      this.#lastSpeech = this.#audio.end;
      if (this.#audio.end - this.#audio.start >= MAX_TURN) this.#end();
      else this.#turn.advance(this.#lastSpeech);
    }
  }

  async #hear(samples: Int16Array): Promise<void> {
    const epoch = this.#epoch;
    const all = new Int16Array(this.#rest.length + samples.length);
    all.set(this.#rest);
    all.set(samples, this.#rest.length);
    const whole = all.length - (all.length % FRAME);
    for (let at = 0; at < whole; ) {
      const batch = all.subarray(at, Math.min(whole, at + MAX_BATCH * FRAME));
      const probabilities = await this.#parts.detector.detect(
        Float32Array.from(batch, (one) => one / FULL_SCALE),
      );
      if (epoch !== this.#epoch) return;
      for (let i = 0; i * FRAME < batch.length; i++) {
        this.#judge(batch.subarray(i * FRAME, (i + 1) * FRAME), probabilities[i] ?? 0);
      }
      this.#waiting = Math.max(0, this.#waiting - batch.length);
      at += batch.length;
    }
    this.#rest = all.slice(whole);
  }

  #judge(frame: Int16Array, probability: number): void {
    if (!this.#detection) return;
    const { threshold, prefixMs, silenceMs } = this.#detection;
    this.#audio.append(frame);
    const { end, start } = this.#audio;
    if (!this.#turn) {
      this.#speech = probability >= threshold ? this.#speech + 1 : 0;
      const first = end - Math.max(1, this.#speech) * FRAME;
      this.#audio.dropBefore(first - toSamples(prefixMs));
      if (this.#speech < START_FRAMES) return;
      this.#lastSpeech = end;
      this.#turn = this.#begin(this.#audio.start);
      return;
    }
    if (probability >= threshold - Math.min(HYSTERESIS, threshold / 2)) this.#lastSpeech = end;
    const isOver = end - this.#lastSpeech >= toSamples(silenceMs) || end - start >= MAX_TURN;
    if (isOver) this.#end();
    else this.#turn.advance(this.#lastSpeech);
  }

  #commit(): void {
    if (!this.#turn) return;
    this.#audio.append(this.#takeRest());
    if (!this.#detection) this.#lastSpeech = this.#audio.end;
    this.#end();
  }

  #begin(start: number): Turn {
    const { emit, signal } = { emit: this.#options.onEvent, signal: this.#closing.signal };
    const { partials } = this.#options;
    const id = this.#turns++;
    const turn = new Turn(
      { id, language: this.#language, partials, earlyTexts: this.#detection?.earlyTexts ?? 0, emit, signal },
      this.#audio,
      this.#parts.transcriber,
    );
    emit({ kind: 'started', turn: id, atMs: toMs(start) });
    return turn;
  }

  #end(): void {
    const turn = this.#turn;
    if (!turn) return;
    const { onEvent } = this.#options;
    const makeText = turn.end(this.#lastSpeech);
    const atMs = toMs(this.#audio.end);
    this.#rewind();
    this.#audio.reset(this.#audio.end);
    onEvent({ kind: 'stopped', turn: turn.id, atMs });
    if (this.#pending >= MAX_PENDING) {
      turn.drop();
      onEvent({
        kind: 'failed',
        turn: turn.id,
        error: { code: 'overloaded', retryAfterSeconds: RETRY_AFTER_SECONDS },
      });
      return;
    }
    this.#pending += 1;
    this.#texts = this.#texts
      .then(makeText)
      .catch(() => this.close())
      .finally(() => {
        this.#pending -= 1;
      });
  }

  /** No turn is on. */
  #rewind(): void {
    this.#turn = undefined;
    this.#speech = 0;
  }
}

function toMs(samples: number): number {
  return Math.round((samples * 1000) / LISTENING_RATE);
}

function toSamples(ms: number): number {
  return Math.round((ms * LISTENING_RATE) / 1000);
}
