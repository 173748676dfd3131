import type { Clock } from '../core/ports.ts';

/** Settles like `work`, or as `late` does once `ms` milliseconds have passed; `work` keeps its own duty to stop. */
export function withTimeout<T, Late>(
  work: Promise<T>,
  ms: number,
  clock: Clock,
  late: () => Late,
): Promise<T | Late> {
  return new Promise<T | Late>((resolve, reject) => {
    const callOff = clock.alarm(ms, () => {
      try {
        resolve(late());
      } catch (error) {
        reject(error);
      }
    });
    // Not Promise.race: whoever asks again as soon as this settles would find what `work` freed still taken.
    work.then(resolve, reject).finally(callOff);
  });
}

/** Whether `work` settles within `ms` milliseconds, either way. Never rejects. */
export function settlesWithin(work: Promise<unknown>, ms: number, clock: Clock): Promise<boolean> {
  const yes = (): boolean => true;
  return withTimeout(work.then(yes, yes), ms, clock, () => false);
}
