import type { Clock } from '../ports.ts';

/** Work that nobody notices: an answer that waits for it is a few milliseconds late. */
const TURN_MS = 8;

/**
 * Shares the event loop among whatever works on it for long: cutting text, encoding, handing speech to a thousand listeners.
 * Each does its work in small pieces through `run`. When the pieces of all have taken 8 ms the next ones wait for a turn of
 * the loop, in which sockets and timers have theirs.
 *
 * On Workers the clock stands still while code runs: there nothing ever waits, and the runtime bounds the time of a request.
 */
export class Turns {
  readonly #clock: Clock;
  #spent = 0;
  /** Counts how often the time was used up. */
  #round = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @param work what takes a few milliseconds at most */
  async run<T>(work: () => T): Promise<T> {
    if (this.#spent >= TURN_MS) await this.#wait();
    return this.now(work);
  }

  /** Counts work that cannot wait. */
  now<T>(work: () => T): T {
    const started = this.#clock.now();
    try {
      return work();
    } finally {
      const before = this.#spent;
      this.#spent += this.#clock.now() - started;
      if (before < TURN_MS && this.#spent >= TURN_MS) this.#round += 1;
    }
  }

  async #wait(): Promise<void> {
    while (this.#spent >= TURN_MS) {
      const round = this.#round;
      await new Promise<void>((resolve) => void this.#clock.alarm(0, resolve));
      if (round === this.#round) this.#spent = 0; // the first of those who waited: a turn has passed
    }
  }
}

const kept = new WeakMap<Clock, Turns>();

/** The turns of all that runs by one clock: of a process, that is. */
export function turnsOf(clock: Clock): Turns {
  const found = kept.get(clock) ?? new Turns(clock);
  kept.set(clock, found);
  return found;
}
