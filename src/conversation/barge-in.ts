import type { Clock } from '../core/ports.ts';
import { isSpeakable } from '../speech/speakable.ts';

/** In which a word must be recognised: else it was a cough, and what was being said goes on. */
const DECIDE_MS = 700;

export interface BargeInOptions {
  readonly clock: Clock;
  /** Something is being said, or waits at the client to be played. */
  readonly isSpeaking: () => boolean;
  /** Keeps back what is being said. */
  readonly hold: () => void;
  /** Goes on where it was held. */
  readonly resume: () => void;
  /** It was a real interruption. */
  readonly interrupt: () => void;
}

/** Decides whether a user who makes a sound while something is said means to interrupt it. */
export class BargeIn {
  readonly #options: BargeInOptions;
  /** `doubtful`: what is said is held. `dismissed`: no word came in time, so it goes on, until one does. */
  #state: 'none' | 'doubtful' | 'dismissed' = 'none';
  #callOff: () => void = () => {};

  constructor(options: BargeInOptions) {
    this.#options = options;
  }

  /** The user makes a sound. */
  started(): void {
    if (this.#state !== 'none' || !this.#options.isSpeaking()) return;
    this.#state = 'doubtful';
    this.#options.hold();
    this.#callOff = this.#options.clock.alarm(DECIDE_MS, () => this.#dismiss());
  }

  /** What was recognised so far. */
  recognised(text: string): void {
    if (this.#state === 'none' || !isSpeakable(text)) return;
    this.#settle();
    if (this.#options.isSpeaking()) this.#options.interrupt();
  }

  /** The user is quiet again, and no word was recognised. */
  ended(): void {
    this.#dismiss();
    this.#settle();
  }

  /** What was being said is over, or nobody listens any more. */
  forget(): void {
    this.#settle();
  }

  #dismiss(): void {
    if (this.#state !== 'doubtful') return;
    this.#callOff();
    this.#state = 'dismissed';
    this.#options.resume();
  }

  #settle(): void {
    this.#callOff();
    this.#state = 'none';
  }
}
