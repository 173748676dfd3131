import type { Clock } from '../../core/ports.ts';
import type { Pace } from './pace.ts';

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
