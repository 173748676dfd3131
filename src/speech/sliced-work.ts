import type { Clock } from '../core/ports.ts';
import { ClientGone } from '../stream/cancel.ts';

/** Lets everything else in the process have a turn. @throws OutOfTime, or ClientGone */
export type Breathe = () => Promise<void>;

/** A piece of work was not done in time, or did not even begin. */
export class OutOfTime extends Error {}

type InTurn = <T>(clock: Clock, signal: AbortSignal, work: (breathe: Breathe) => Promise<T>) => Promise<T>;

/** Pieces of work at once: each of their slices delays everything else. */
const MAX_WORK = 2;
const LOOK_AGAIN_MS = 20;
/** For a piece of work and the wait before it. */
const MAX_MS = 2000;
/** Work whose request was stopped by its runtime (Workers) tells nobody. */
const LOST_MS = 2 * MAX_MS;

/**
 * For work that would hold the event loop: a few pieces at a time, each in slices. Those who wait look again by themselves, as
 * on Workers one request cannot wake another.
 */
export function takeTurns(): InTurn {
  const working = new Map<symbol, number>();
  return async (clock, signal, work) => {
    const until = clock.now() + MAX_MS;
    const wait = async (ms: number): Promise<void> => {
      await new Promise<void>((resolve) => clock.alarm(ms, resolve));
      if (signal.aborted) throw new ClientGone(signal.reason);
      if (clock.now() >= until) throw new OutOfTime('There was no time for it.');
    };
    const forgetLost = (): void => {
      for (const [id, began] of working) if (clock.now() - began > LOST_MS) working.delete(id);
    };
    for (forgetLost(); working.size >= MAX_WORK; forgetLost()) await wait(LOOK_AGAIN_MS);
    const id = Symbol();
    working.set(id, clock.now());
    try {
      return await work(() => wait(0));
    } finally {
      working.delete(id);
    }
  };
}
