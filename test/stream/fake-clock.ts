import type { Clock } from '../../src/core/ports.ts';

/** A clock that stands still until it is told to move. */
export interface FakeClock extends Clock {
  /** Moves on and rings what is due, in order. */
  advance(ms: number): void;
  /** Alarms that are set. */
  readonly pending: number;
}

/** When a fake clock begins, in milliseconds since 1970. */
const EPOCH = Date.parse('2026-11-21T12:00:00Z');

export function createFakeClock(): FakeClock {
  let now = 0;
  const alarms = new Set<{ at: number; ring: () => void }>();
  return {
    now: () => now,
    wallNow: () => EPOCH + now,
    alarm(ms, ring) {
      const alarm = { at: now + ms, ring };
      alarms.add(alarm);
      return () => void alarms.delete(alarm);
    },
    advance(ms) {
      const end = now + ms;
      for (;;) {
        const [next] = [...alarms].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
        if (!next) break;
        alarms.delete(next);
        now = next.at;
        next.ring();
      }
      now = end;
    },
    get pending() {
      return alarms.size;
    },
  };
}

export const realClock: Clock = {
  now: () => performance.now(),
  wallNow: () => Date.now(),
  alarm(ms, ring) {
    const timer = setTimeout(ring, ms);
    return () => clearTimeout(timer);
  },
};
