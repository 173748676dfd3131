import type { Clock } from '../core/ports.ts';
import { withTimeout } from './with-timeout.ts';

/** Whether `work` settles within `ms` milliseconds, either way. Never rejects. */
export function settlesWithin(work: Promise<unknown>, ms: number, clock: Clock): Promise<boolean> {
  const yes = (): boolean => true;
  return withTimeout(work.then(yes, yes), ms, clock, () => false);
}
