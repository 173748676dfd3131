import { SpeechFailure } from '../../speech/errors.ts';
import { type Around, chooseOrigins, openOrigins, type PooledOrigin, takesAny, type Wish } from './choice.ts';

/** One who waits, as plain data. */
export interface Waiting {
  readonly wish: Wish;
  readonly waiting: boolean;
  /** When its request was last seen alive, in the clock's milliseconds. */
  readonly seenAt: number;
}

/** A look around for what nobody tells: a rest or a breaker's pause that ends. */
export const POLL_MS = 500;
/** A request that shows nothing for so long was stopped by its runtime, which tells nobody. */
const STOPPED_MS = 3 * POLL_MS;

/** What to do now for those who wait. */
export interface NextStep<Entry> {
  /** Those whom waiting cannot help. */
  readonly refused: readonly { readonly entry: Entry; readonly error: Error }[];
  /** Who is next, and where it may go, the best one first; undefined: nobody can go anywhere. */
  readonly offer?: { readonly entry: Entry; readonly origins: readonly PooledOrigin[] };
}

/**
 * Who of those that wait goes next, and where.
 * @param entries in the order of their turns
 * @param full ids of the origins without a free slot
 */
export function nextStep<Entry extends Waiting>(
  entries: readonly Entry[],
  origins: readonly PooledOrigin[],
  full: ReadonlySet<string>,
  around: Around,
): NextStep<Entry> {
  const open = openOrigins(origins, around);
  const allFull = open.length > 0 && open.every(({ id }) => full.has(id));
  const refused: { entry: Entry; error: Error }[] = [];
  for (const entry of entries) {
    if (!entry.waiting) continue;
    if (around.now >= entry.wish.deadlineAt) {
      refused.push({ entry, error: tooLate() });
      continue;
    }
    if (isStopped(entry, around.now) || (allFull && takesAny(entry.wish))) continue;
    try {
      const chosen = chooseOrigins(origins, entry.wish, around).filter(({ id }) => !full.has(id));
      if (chosen.length > 0) return { refused, offer: { entry, origins: chosen } };
    } catch (error) {
      refused.push({ entry, error: error as Error });
    }
  }
  return { refused };
}

export function isStopped({ seenAt }: Waiting, now: number): boolean {
  return now - seenAt > STOPPED_MS;
}

export function tooLate(): SpeechFailure {
  return new SpeechFailure({ code: 'timeout', stage: 'queue' });
}
