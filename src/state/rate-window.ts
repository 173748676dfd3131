import type { RateVerdict } from '../core/store.ts';

/**
 * A sliding window in buckets: what was taken in a bucket counts until the whole bucket has left the window, so that no window
 * of `windowMs` ever holds more than the limit; a free place shows up to `windowMs / BUCKETS` late. Pairs of bucket number
 * and amount, oldest first, in one flat array: at most `2 * (BUCKETS + 1)` numbers.
 */
export type Buckets = readonly number[];

/** Two seconds of a minute. */
export const BUCKETS = 30;

/** Takes `cost` of `limit`, all or nothing. A cost above the limit is never allowed. `now` in milliseconds since any fixed start. */
export function takeFromWindow(
  used: Buckets,
  now: number,
  cost: number,
  limit: number,
  windowMs: number,
): { readonly used: Buckets; readonly verdict: RateVerdict } {
  const bucketMs = windowMs / BUCKETS;
  const bucket = Math.floor(now / bucketMs);
  const live: number[] = [];
  let total = 0;
  for (let i = 0; i + 1 < used.length; i += 2) {
    const [number = 0, amount = 0] = [used[i], used[i + 1]];
    if (number < bucket - BUCKETS || number > bucket) continue; // a later bucket: the window was another one
    live.push(number, amount);
    total += amount;
  }
  const allowed = total + cost <= limit;
  if (allowed && cost > 0) {
    total += cost;
    if (live.at(-2) === bucket) live[live.length - 1] = (live.at(-1) ?? 0) + cost;
    else live.push(bucket, cost);
  }
  const leavesIn = (number: number): number => (number + 1 + BUCKETS) * bucketMs - now;
  const resetMs = live.length === 0 ? 0 : Math.ceil(leavesIn(live.at(-2) ?? 0));
  const verdict = { allowed, remaining: Math.max(0, limit - total), retryAfterMs: 0, resetMs };
  if (allowed) return { used: live, verdict };
  let tooMuch = total + cost - limit;
  for (let i = 0; i + 1 < live.length; i += 2) {
    tooMuch -= live[i + 1] ?? 0;
    if (tooMuch <= 0) {
      return { used: live, verdict: { ...verdict, retryAfterMs: Math.ceil(leavesIn(live[i] ?? 0)) } };
    }
  }
  return { used: live, verdict: { ...verdict, retryAfterMs: Math.ceil(windowMs) } };
}
