import type { Clock } from '../core/ports.ts';

/** Changes are written together, a little later and in small steps: a write on the way of a request would hold up all others. */
export interface WriteBehind {
  /** There is something to write. */
  soon(): void;
  /** Writes what there is now, at once. Never throws. */
  flush(): void;
  close(): void;
}

/** State is lost for at most the last second (half of it waits here, the rest is for a slow disk). */
const DELAY_MS = 500;
/** Between two steps, so that requests come in between. */
const STEP_GAP_MS = 10;
const RETRY_MS = 1000;

/**
 * `step` writes a bounded part and says whether more is left. When it throws, it is tried again; `failed` hears of the
 * first failure of a row.
 */
export function createWriteBehind(
  clock: Pick<Clock, 'alarm'>,
  step: () => boolean,
  failed: (error: unknown) => void,
): WriteBehind {
  let cancel: (() => void) | undefined;
  let failing = false;
  let closed = false;

  const tryStep = (): 'done' | 'more' | 'failed' => {
    try {
      const more = step();
      failing = false;
      return more ? 'more' : 'done';
    } catch (error) {
      if (!failing) failed(error);
      failing = true;
      return 'failed';
    }
  };
  const plan = (ms: number): void => {
    if (closed || cancel) return;
    cancel = clock.alarm(ms, () => {
      cancel = undefined;
      const result = tryStep();
      if (result !== 'done') plan(result === 'more' ? STEP_GAP_MS : RETRY_MS);
    });
  };
  return {
    soon: () => plan(DELAY_MS),
    flush() {
      while (tryStep() === 'more');
    },
    close() {
      closed = true;
      cancel?.();
      cancel = undefined;
    },
  };
}
