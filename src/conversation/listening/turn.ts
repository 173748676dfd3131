import type { ListeningEvent } from '../../core/conversation.ts';
import { type SpeechError, SpeechFailure } from '../../core/errors.ts';
import { RECOGNIZER_RATE } from '../../recognizer/recognizer.ts';
import { ClientGone, linkedAbort } from '../../stream/cancel.ts';
import type { TurnTranscriber } from './transcriber.ts';
import type { TurnAudio } from './turn-audio.ts';

export interface TurnOptions {
  readonly id: number;
  readonly language: string | undefined;
  readonly partials: boolean;
  readonly earlyTexts: number;
  readonly emit: (event: ListeningEvent) => void;
  /** Aborts when nobody listens any more. */
  readonly signal: AbortSignal;
}

/** Audio that is being written down before the turn is over. */
interface Run {
  readonly from: number;
  readonly to: number;
  /** What is before `to` is written down for good. */
  readonly settles: boolean;
  readonly stop: () => void;
  /** Whether there is a text of it. Never rejects. */
  readonly done: Promise<boolean>;
}

const MILLISECOND = RECOGNIZER_RATE / 1000;
/** A partial text is worth so much new audio. */
const PARTIAL_SAMPLES = 300 * MILLISECOND;
/** After so much silence the turn may well be over: its text is made while the silence lasts, where that costs nothing, */
const LULL_SAMPLES = 128 * MILLISECOND;
/** and after so much it is told, and bought. */
const PAUSE_SAMPLES = 190 * MILLISECOND;
/** Sound that belongs to the last speech although the detector says otherwise. */
const TAIL_SAMPLES = 96 * MILLISECOND;
/** Audio that is written down again and again; what is before it is cut off at a quiet place, and stays as it is. */
const MAX_UNSETTLED = 8000 * MILLISECOND;
const MIN_SETTLED = 3500 * MILLISECOND;
const KEPT_UNSETTLED = 1200 * MILLISECOND;

/** The text of one turn: while it is spoken wherever the recogniser is idle, and at its end. Places are samples of `audio`. */
export class Turn {
  readonly id: number;
  readonly #options: TurnOptions;
  readonly #audio: TurnAudio;
  readonly #transcriber: TurnTranscriber;
  readonly #controller: AbortController;
  readonly #unlink: () => void;
  #run: Run | undefined;
  #settled = '';
  #settledAt: number;
  /** The text of what is between `#settledAt` and `#covered`. */
  #tail = '';
  #covered: number;
  #shown = '';
  #lastSpeech: number;
  /** Where the last speech before the pause ended that was told. */
  #pausedAt: number | undefined;
  #earlyTexts: number;
  /** Texts that are made in pauses at a price. */
  #paidTexts: number;
  #hasFailed = false;
  #isOver = false;

  constructor(options: TurnOptions, audio: TurnAudio, transcriber: TurnTranscriber) {
    this.id = options.id;
    this.#options = options;
    this.#audio = audio;
    this.#transcriber = transcriber;
    this.#settledAt = audio.start;
    this.#covered = audio.start;
    this.#lastSpeech = audio.start;
    this.#earlyTexts = options.earlyTexts;
    this.#paidTexts = transcriber.isPaid ? options.earlyTexts : 0;
    const { controller, unlink } = linkedAbort(options.signal);
    this.#controller = controller;
    this.#unlink = unlink;
  }

  /** More was heard. A recogniser that is busy is not asked: a partial text that waits would be old. */
  advance(lastSpeech: number): void {
    this.#lastSpeech = lastSpeech;
    if (this.#pausedAt !== undefined && lastSpeech > this.#pausedAt) {
      this.#pausedAt = undefined;
      this.#emit({ kind: 'resumed', turn: this.id });
    }
    this.#tellPause();
    if (this.#run || this.#hasFailed) return;
    const { end } = this.#audio;
    const isSpeech = lastSpeech === end; // else the recogniser would be busy when the silence is long enough
    const isDue = this.#options.partials && isSpeech && end - this.#covered >= PARTIAL_SAMPLES;
    const isUnknown = this.#covered < lastSpeech + TAIL_SAMPLES;
    if (this.#transcriber.isIdle()) {
      if (isDue || (isUnknown && end - lastSpeech >= LULL_SAMPLES)) this.#run = this.#start(end);
    } else if (isUnknown && this.#isPause && this.#paidTexts > 0) {
      this.#paidTexts -= 1;
      this.#run = this.#start(end);
    }
  }

  /** Takes the audio as it is now. What it returns makes the text and tells it; it never rejects. */
  end(lastSpeech: number): () => Promise<void> {
    this.#isOver = true;
    const { end } = this.#audio;
    const needed = Math.min(end, lastSpeech + TAIL_SAMPLES);
    const run = this.#run;
    const isEnough = run !== undefined && !run.settles && run.to >= needed;
    if (!isEnough) this.#stopRun();
    const rest = this.#covered >= needed ? undefined : this.#audio.slice(this.#settledAt, end);
    return async () => {
      try {
        if (rest && !(isEnough && (await run.done))) {
          this.#tail = await this.#transcriber.transcribe(
            rest,
            this.#options.language,
            this.#controller.signal,
          );
        }
        this.#emit({ kind: 'final', turn: this.id, text: joined(this.#settled, this.#tail) });
      } catch (error) {
        if (!(error instanceof ClientGone))
          this.#emit({ kind: 'failed', turn: this.id, error: errorOf(error) });
      } finally {
        this.#unlink();
      }
    };
  }

  get #isPause(): boolean {
    return this.#audio.end - this.#lastSpeech >= PAUSE_SAMPLES;
  }

  /** All that was said is written down, and nothing is said now. */
  #tellPause(): void {
    if (this.#isOver || this.#pausedAt !== undefined || this.#earlyTexts === 0) return;
    const text = joined(this.#settled, this.#tail);
    if (!this.#isPause || this.#covered < this.#lastSpeech + TAIL_SAMPLES || text === '') return;
    this.#earlyTexts -= 1;
    this.#pausedAt = this.#lastSpeech;
    this.#emit({ kind: 'paused', turn: this.id, text });
  }

  /** Nobody wants its text. */
  drop(): void {
    this.#stopRun();
    this.#controller.abort();
    this.#unlink();
  }

  #start(end: number): Run {
    const from = this.#settledAt;
    const settles = end - from > MAX_UNSETTLED;
    const to = settles ? this.#audio.quietest(from + MIN_SETTLED, end - KEPT_UNSETTLED) : end;
    const { controller, unlink } = linkedAbort(this.#controller.signal);
    const text = this.#transcriber.transcribe(
      this.#audio.slice(from, to),
      this.#options.language,
      controller.signal,
    );
    const done = text
      .then(
        (written) => this.#take(run, written),
        () => this.#fail(run),
      )
      .finally(unlink);
    const run: Run = { from, to, settles, stop: () => controller.abort(), done };
    return run;
  }

  #stopRun(): void {
    this.#run?.stop();
    this.#run = undefined;
  }

  #take(run: Run, text: string): boolean {
    if (this.#run !== run) return false;
    this.#run = undefined;
    this.#covered = run.to;
    if (run.settles) {
      this.#settled = joined(this.#settled, text);
      this.#settledAt = run.to;
      this.#tail = '';
      return true;
    }
    this.#tail = text;
    const whole = joined(this.#settled, text);
    if (this.#options.partials && !this.#isOver && whole !== this.#shown) {
      this.#shown = whole;
      this.#emit({ kind: 'partial', turn: this.id, text: whole, stableLength: this.#settled.length });
    }
    this.#tellPause();
    return true;
  }

  /** The end of the turn tells what is wrong, if it still is. */
  #fail(run: Run): boolean {
    if (this.#run === run) {
      this.#run = undefined;
      this.#hasFailed = true;
    }
    return false;
  }

  #emit(event: ListeningEvent): void {
    if (!this.#controller.signal.aborted) this.#options.emit(event);
  }
}

function joined(first: string, second: string): string {
  return first === '' || second === '' ? first + second : `${first} ${second}`;
}

function errorOf(error: unknown): SpeechError {
  if (error instanceof SpeechFailure) return error.error;
  return { code: 'engine_unavailable', message: 'The recogniser failed.' };
}
