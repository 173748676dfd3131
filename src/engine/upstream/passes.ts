import type { Clock } from '../../core/ports.ts';

/** Passes over the queue, one at a time. */
export interface Passes {
  /** When the last one began, in the clock's milliseconds. */
  readonly begunAt: number;
  /** Makes a pass, now or after the one that runs. */
  wake(): void;
  /** The pass that runs has come to its next step. */
  step(): void;
}

/** A step of a pass that takes longer never ends: on Workers its request may have been stopped without a word. */
const MAX_STEP_MS = 3000;

/** @param pass never rejects but with what `start` takes */
export function createPasses(
  clock: Clock,
  pass: () => Promise<void>,
  start: (work: Promise<void>) => void,
): Passes {
  let begunAt = Number.NEGATIVE_INFINITY;
  let runningUntil = Number.NEGATIVE_INFINITY;
  let again = false;
  const step = (): void => {
    runningUntil = clock.now() + MAX_STEP_MS;
  };
  const run = async (): Promise<void> => {
    while (again) {
      again = false;
      begunAt = clock.now();
      step();
      await pass();
    }
    runningUntil = Number.NEGATIVE_INFINITY;
  };
  return {
    get begunAt() {
      return begunAt;
    },
    wake() {
      again = true;
      if (clock.now() < runningUntil) return;
      step();
      start(run());
    },
    step,
  };
}
