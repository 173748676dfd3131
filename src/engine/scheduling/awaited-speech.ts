import type { Clock } from '../../core/ports.ts';
import type { Waiter } from './fair-queue.ts';
import type { Pace } from './pace.ts';

/** When what follows has to be there, in the clock's milliseconds; undefined: nothing follows any more. */
type NextDeadline = () => number | undefined;

/** Beside its own time, for what comes before a request asks for a slot and after it has one. */
const MARGIN_MS = 250;
/** A newcomer waits for others' words no longer than this. */
const MAX_HOLD_MS = 1000;

/**
 * Speech that is heard while what follows is still being written, as in a conversation: it waits for no slot yet, and needs one soon. A
 * newcomer that takes the last slot at that moment is heard a little earlier, and somebody else falls silent in the middle of an answer.
 */
export class AwaitedSpeech {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #pace: Pace;
  readonly #awaited = new Set<NextDeadline>();

  constructor(clock: Pick<Clock, 'now'>, pace: Pace) {
    this.#clock = clock;
    this.#pace = pace;
  }

  /** A part of it has a slot. */
  note({ nextDeadline }: Waiter): void {
    if (!nextDeadline) return;
    for (const next of this.#awaited) if (next() === undefined) this.#awaited.delete(next);
    this.#awaited.add(nextDeadline);
  }

  /**
   * Whether a newcomer is to wait, so that there is a slot when it is needed.
   * @param waitedMs for how long it has waited @param free slots that nobody has
   */
  holdsBack({ heard, characters }: Waiter, waitedMs: number, free: number): boolean {
    if (heard || waitedMs >= MAX_HOLD_MS || this.#awaited.size < free) return false;
    const now = this.#clock.now();
    const until = now + this.#pace.jobMs(characters) + this.#pace.jobMs() + MARGIN_MS;
    let needed = 0;
    for (const next of this.#awaited) {
      const deadline = next();
      if (deadline === undefined) this.#awaited.delete(next);
      else if (deadline > now && deadline < until) needed += 1; // who is silent already may be so for long
    }
    return needed > 0 && needed >= free;
  }
}
