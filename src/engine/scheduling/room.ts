import { SpeechFailure } from '../../core/errors.ts';
import type { FairQueue, Waiter } from './fair-queue.ts';
import type { Pace } from './pace.ts';

/** What `Retry-After` may say, in seconds. */
const MIN_RETRY_SECONDS = 1;
const MAX_RETRY_SECONDS = 60;

/**
 * The refusal of a request that may come back in `ms` milliseconds.
 * @param bound which bound it met, as a sentence
 */
export function overloaded(ms: number, bound?: string): SpeechFailure {
  const seconds = Math.ceil(ms / 1000);
  const retryAfterSeconds = Math.min(MAX_RETRY_SECONDS, Math.max(MIN_RETRY_SECONDS, seconds));
  const message = bound && `${bound} Please try again later.`;
  return new SpeechFailure({ code: 'overloaded', retryAfterSeconds, ...(message && { message }) });
}

/** Of the time that a request may wait for its first audio, what it may seem to take as it comes. */
const FORESEEN_SHARE = 0.5;

/**
 * Who seems to wait longer than this, of `timeoutMs` that nobody may, is refused. A pace is that of the load before: whoever
 * comes with a crowd shares the cores with it, and speech has taken up to 1.5 times as long then (docs/decisions/0048).
 */
export function latestStart(timeoutMs: number): number {
  return timeoutMs * FORESEEN_SHARE;
}

export interface Room {
  /** Slots in all, and how many of them are taken. */
  readonly slots: number;
  readonly running: number;
  readonly maxPending: number;
  /** A newcomer that by the measured pace would wait longer than this for its first audio is refused. */
  readonly deadlineMs?: number | undefined;
}

/** Speech that is being heard may queue beyond `maxPending` by so many: each stream has one segment there at most. */
const HEARD_EXTRA = 100;

/**
 * Whether `waiter` may join `queue`. Where one client fills the queue, another client still gets its share: the newest
 * request of the former is returned, to be refused in its place.
 *
 * @throws SpeechFailure `overloaded` with the time by when its turn would have come
 */
export function makeRoom<T extends object>(
  queue: FairQueue<T>,
  waiter: Waiter,
  room: Room,
  pace: Pace,
): { crowdedOut: T | undefined; expectedMs: number } {
  const expectedMs = pace.expectedMs(room.running + queue.ahead(waiter), room.slots);
  const free = Math.max(0, room.slots - room.running);
  // Who is heard takes no newcomer's place: else the streams of one client would keep out all others.
  const places = free + room.maxPending + (waiter.heard ? HEARD_EXTRA : 0);
  const waiting = waiter.heard ? queue.size - queue.newcomers : queue.newcomers;
  const isLate = !waiter.heard && room.deadlineMs !== undefined && expectedMs > room.deadlineMs;
  if (isLate && queue.size >= free) {
    throw overloaded(
      expectedMs,
      'The first audio would take longer than a request may wait (queue.timeout).',
    );
  }
  if (waiting < places) return { crowdedOut: undefined, expectedMs };
  const crowdedOut = waiter.heard ? undefined : queue.crowding(waiter);
  if (!crowdedOut) {
    const bound = `All ${room.slots} slots are taken and ${waiting} requests wait, as many as may (queue.max_pending).`;
    throw overloaded(pace.expectedMs(room.running + queue.size, room.slots), bound);
  }
  return { crowdedOut, expectedMs };
}
