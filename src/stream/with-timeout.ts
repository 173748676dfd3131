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
