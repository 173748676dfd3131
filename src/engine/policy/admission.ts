import type { Ports } from '../../ports.ts';
import { SpeechFailure } from '../../speech/errors.ts';
import { ClientGone } from '../../stream/cancel.ts';
import type { Engine } from '../engine.ts';
import { withOpen } from './opening.ts';

export interface AdmissionOptions {
  /** Requests that may wait for their first audio inside the engine at once. */
  readonly slots: number;
  /** Requests that may wait for a slot. */
  readonly maxPending: number;
  /** A request that by the measured pace would wait longer than this for its first audio is refused at once. */
  readonly deadlineMs?: number | undefined;
}

/** An engine with a queue before it. */
export interface AdmittedEngine extends Engine {
  /** Requests waiting for a slot. */
  readonly pending: number;
  /** Slots taken. */
  readonly running: number;
}

/** What `Retry-After` may say, in seconds. */
const MIN_RETRY_SECONDS = 1;
const MAX_RETRY_SECONDS = 60;
/** Weight of the newest time to first audio in the running mean: the last ten or so count. */
const NEWEST_WEIGHT = 0.2;

/**
 * Lets at most `slots` requests work towards their first audio; the others wait in order of arrival. One too many is
 * refused as `overloaded`. A request whose signal aborts leaves the queue at once; one already inside keeps its slot until
 * the engine has really stopped, so `open` must settle when its signal aborts.
 */
export function admission(
  options: AdmissionOptions,
  ports: Pick<Ports, 'clock'>,
): (inner: Engine) => AdmittedEngine {
  return (inner) => {
    const waiting = new Set<() => void>();
    let running = 0;
    let meanMs: number | undefined;

    const expectedMs = (): number =>
      (meanMs ?? 0) * (1 + Math.floor((running + waiting.size) / options.slots));
    const measure = (ms: number): void => {
      meanMs = meanMs === undefined ? ms : meanMs + (ms - meanMs) * NEWEST_WEIGHT;
    };
    const refuseIfFull = (): void => {
      if (running < options.slots) return;
      const isLate = options.deadlineMs !== undefined && expectedMs() > options.deadlineMs;
      if (waiting.size < options.maxPending && !isLate) return;
      const seconds = Math.ceil(expectedMs() / 1000);
      const retryAfterSeconds = Math.min(MAX_RETRY_SECONDS, Math.max(MIN_RETRY_SECONDS, seconds));
      throw new SpeechFailure({ code: 'overloaded', retryAfterSeconds });
    };
    const takeSlot = (signal: AbortSignal): Promise<void> => {
      if (running < options.slots) {
        running += 1;
        return Promise.resolve();
      }
      return new Promise((resolve, reject) => {
        const enter = (): void => {
          signal.removeEventListener('abort', leave);
          resolve();
        };
        const leave = (): void => {
          waiting.delete(enter);
          reject(new ClientGone(signal.reason));
        };
        waiting.add(enter);
        signal.addEventListener('abort', leave, { once: true });
      });
    };
    /** Hands the slot to whoever has waited longest. */
    const giveSlot = (): void => {
      const [next] = waiting;
      if (!next) {
        running -= 1;
        return;
      }
      waiting.delete(next);
      next();
    };

    const queued = withOpen(inner, async (request, signal) => {
      if (signal.aborted) throw new ClientGone(signal.reason);
      refuseIfFull();
      await takeSlot(signal);
      try {
        const began = ports.clock.now();
        const stream = await inner.open(request, signal);
        measure(ports.clock.now() - began);
        return stream;
      } finally {
        giveSlot();
      }
    });
    return {
      ...queued,
      get pending() {
        return waiting.size;
      },
      get running() {
        return running;
      },
    };
  };
}
