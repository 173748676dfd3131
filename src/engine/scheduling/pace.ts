import type { Clock } from '../../core/ports.ts';

/** How long one request holds its slot, as it was measured lately. */
export interface Pace {
  /** @param characters of its text, where that is known */
  measure(ms: number, characters?: number): void;
  /** Milliseconds for a text of so many characters; of the mean one where they are not known. 0 while nothing was measured. */
  jobMs(characters?: number): number;
  /** Milliseconds until a request with `ahead` others before it has its first audio; 0 while nothing was measured. */
  expectedMs(ahead: number, slots: number): number;
}

/** Weight of the newest time in the running mean: the last ten or so count. */
const NEWEST_WEIGHT = 0.2;

export function createPace(): Pace {
  let meanMs: number | undefined;
  let meanCharacters: number | undefined;
  const blend = (mean: number | undefined, newest: number): number =>
    mean === undefined ? newest : mean + (newest - mean) * NEWEST_WEIGHT;
  return {
    measure(ms, characters) {
      meanMs = blend(meanMs, ms);
      if (characters) meanCharacters = blend(meanCharacters, characters);
    },
    jobMs(characters) {
      if (characters === undefined || !meanCharacters) return meanMs ?? 0;
      return ((meanMs ?? 0) * characters) / meanCharacters;
    },
    expectedMs: (ahead, slots) => (meanMs ?? 0) * (1 + Math.floor(ahead / Math.max(1, slots))),
  };
}

/** Tells whether there is time for a newcomer before those who are being heard. */
export interface Slack {
  /**
   * @param characters what the newcomer asks for
   * @param playbackDeadline when the first of those who are heard falls silent, in the clock's milliseconds
   * @param heard how many of them wait
   */
  allows(characters: number | undefined, playbackDeadline: number, heard: number): boolean;
}

/** Nobody can wait: for a queue whose listeners tell nothing. */
export const noSlack: Slack = { allows: () => false };

/** Some texts take longer than the mean one, and not all that comes can be foreseen. */
const CAUTION = 1.5;
const MIN_MS = 250;

/**
 * By the measured pace. A client that reads as fast as it can has its whole text made at once, far ahead of its ears;
 * newcomers need not wait for that. Under more load than the origins can bear nobody has time to spare, and those who are
 * heard go first as ever.
 */
export function createSlack(clock: Pick<Clock, 'now'>, pace: Pace, slots: () => number): Slack {
  return {
    allows(characters, playbackDeadline, heard) {
      const neededMs = CAUTION * pace.expectedMs(heard - 1, slots()) + MIN_MS;
      return clock.now() + pace.jobMs(characters) + neededMs <= playbackDeadline;
    },
  };
}

/** When a listener has heard what it was handed, had it begun to listen with the first of it. */
export class Playback {
  readonly #clock: Pick<Clock, 'now'>;
  #until: number | undefined;

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  /** `ms` milliseconds more; who had heard all hears on from now. */
  hand(ms: number): void {
    const now = this.#clock.now();
    this.#until = Math.max(this.#until ?? now, now) + ms;
  }

  /** In the clock's milliseconds; now, where nothing was handed out. */
  get until(): number {
    return this.#until ?? this.#clock.now();
  }
}
