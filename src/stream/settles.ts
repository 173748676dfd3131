import type { Clock } from '../ports.ts';
import { inTime } from './in-time.ts';

/** Whether `work` settles within `ms` milliseconds, either way. Never rejects. */
export function settles(work: Promise<unknown>, ms: number, clock: Clock): Promise<boolean> {
  const yes = (): boolean => true;
  return inTime(work.then(yes, yes), ms, clock, () => false);
}
