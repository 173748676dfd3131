import type { Clock } from '../../core/ports.ts';

function alarm(ms: number, ring: () => void): () => void {
  const timer = setTimeout(ring, ms);
  return () => clearTimeout(timer);
}

/** Time inside an isolate. It stands still between two waits, as timing attacks are possible otherwise. */
export const isolateClock: Clock = {
  now: () => performance.now(),
  wallNow: () => Date.now(),
  alarm,
};

/** The time of day, for what outlives an isolate. */
export const wallClock: Clock = { ...isolateClock, now: isolateClock.wallNow };
