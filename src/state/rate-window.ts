import type { RateVerdict } from './store.ts';

/**
 * A sliding window in grains: what was taken in a grain counts until the whole grain has left the window, so that no window
 * of `windowMs` ever holds more than the limit; a free place shows up to `windowMs / grains` late. Pairs of grain number
 * and amount, oldest first, in one flat array: at most `2 * (grains + 1)` numbers.
 */
export type Grains = readonly number[];

/** Two seconds of a minute. */
export const grains = 30;

/** Takes `cost` of `limit`, all or nothing. A cost above the limit is never allowed. `now` in milliseconds since any fixed start. */
export function takeFromWindow(
  used: Grains,
  now: number,
  cost: number,
  limit: number,
  windowMs: number,
): { readonly used: Grains; readonly verdict: RateVerdict } {
  const grainMs = windowMs / grains;
  const grain = Math.floor(now / grainMs);
  const live: number[] = [];
  let total = 0;
  for (let i = 0; i + 1 < used.length; i += 2) {
    const [number = 0, amount = 0] = [used[i], used[i + 1]];
    if (number < grain - grains || number > grain) continue; // a later grain: the window was another one
    live.push(number, amount);
    total += amount;
  }
  const allowed = total + cost <= limit;
  if (allowed && cost > 0) {
    total += cost;
    if (live.at(-2) === grain) live[live.length - 1] = (live.at(-1) ?? 0) + cost;
    else live.push(grain, cost);
  }
  const leavesIn = (number: number): number => (number + 1 + grains) * grainMs - now;
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
