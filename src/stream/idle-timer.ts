import type { Clock } from '../core/ports.ts';

/**
 * One alarm for a wait that begins and ends with every chunk. It is not set anew each time, which would cost more than
 * handing the chunk on: when it rings too early, it is set again for what is left.
 */
export class IdleTimer {
  readonly #clock: Clock;
  readonly #onTimeout: () => void;
  #limit: number | undefined;
  #since = 0;
  /** When the alarm rings; meaningless while none is set. */
  #due = 0;
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, onTimeout: () => void) {
    this.#clock = clock;
    this.#onTimeout = onTimeout;
  }

  /** From now on it fires once `ms` milliseconds have passed; never when undefined. */
  expect(ms: number | undefined): void {
    this.#limit = ms;
    if (ms === undefined) return;
    this.#since = this.#clock.now();
    if (this.#cancel && this.#due <= this.#since + ms) return;
    this.#cancel?.();
    this.#set(ms);
  }

  /** Leaves no alarm behind. */
  stop(): void {
    this.#limit = undefined;
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #set(ms: number): void {
    this.#due = this.#clock.now() + ms;
    this.#cancel = this.#clock.alarm(ms, () => this.#ring());
  }

  #ring(): void {
    this.#cancel = undefined;
    if (this.#limit === undefined) return;
    const left = this.#since + this.#limit - this.#clock.now();
    if (left > 0) this.#set(left);
    else this.#onTimeout();
  }
}
