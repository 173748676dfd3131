import type { StepKind, StepTimes } from './step-queue.ts';

/** Weight of the newest step in the running means. */
const NEWEST_WEIGHT = 0.1;
/** Steps differ, and a deadline is to be met by the longer ones too. */
const CAUTION = 1.3;

/** What the steps of all voices took lately. */
export class StepTimer {
  readonly #means = new Map<StepKind, number>();

  measure(kind: StepKind, ms: number): void {
    const mean = this.#means.get(kind) ?? ms;
    this.#means.set(kind, mean + (ms - mean) * NEWEST_WEIGHT);
  }

  /** 0 for what was not measured yet. */
  get means(): StepTimes {
    const of = (kind: StepKind): number => CAUTION * (this.#means.get(kind) ?? 0);
    return { newcomer: of('newcomer'), part: of('part'), next: of('next') };
  }
}
