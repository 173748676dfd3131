import type { Clock } from '../core/ports.ts';
import { ClientGone } from './cancel.ts';
import { IdleTimer } from './idle-timer.ts';

/**
 * A piece of work with one end: whoever ends it first (its caller's signal, a deadline, its reader) decides the
 * failure, and the signal carries that to every socket the work holds.
 */
export interface BoundWork {
  /** Hand this to `fetch`. Aborts with `failure` as its reason. */
  readonly signal: AbortSignal;
  /** Why the work was stopped; undefined while it runs and when it ended by itself. */
  readonly failure: Error | undefined;
  /** Stops the work with `failure()` when `ms` milliseconds pass; the returned function calls that off. */
  limit(ms: number, failure: () => Error): () => void;
  /** For waits that begin and end with every chunk: stops the work when one is longer than `ms`. */
  watchGaps(ms: number, failure: () => Error): Gaps;
  /** Stops the work. Only the first failure counts. */
  stop(failure: Error): void;
  /** Settles like `step`, or rejects with the failure as soon as the work is stopped, whatever `step` does then. */
  race<T>(step: Promise<T>): Promise<T>;
  /** The work is over: clears every deadline and lets go of the caller's signal. */
  end(): void;
}

interface Gaps {
  begin(): void;
  end(): void;
}

/** Work that follows `caller`: when that aborts, the failure is `ClientGone`. */
export function boundWork(clock: Clock, caller?: AbortSignal): BoundWork {
  let controller: AbortController | undefined; // made for whoever asks for its signal
  const alarms = new Set<() => void>();
  const waiting = new Set<(failure: Error) => void>();
  let failure: Error | undefined;
  let over = false;

  const callerLeft = (): void => stop(new ClientGone(caller?.reason));
  const end = (): void => {
    over = true;
    for (const cancel of alarms) cancel();
    alarms.clear();
    caller?.removeEventListener('abort', callerLeft);
  };
  const stop = (reason: Error): void => {
    if (over) return;
    failure = reason;
    end();
    controller?.abort(reason);
    for (const reject of waiting) reject(reason);
    waiting.clear();
  };
  if (caller?.aborted) callerLeft();
  else caller?.addEventListener('abort', callerLeft, { once: true });

  return {
    get signal() {
      if (!controller) {
        controller = new AbortController();
        if (failure) controller.abort(failure);
      }
      return controller.signal;
    },
    get failure() {
      return failure;
    },
    limit(ms, makeFailure) {
      if (over) return () => {};
      const cancel = clock.alarm(ms, () => stop(makeFailure()));
      alarms.add(cancel);
      return () => {
        alarms.delete(cancel);
        cancel();
      };
    },
    watchGaps(ms, makeFailure) {
      const idleTimer = new IdleTimer(clock, () => stop(makeFailure()));
      if (!over) alarms.add(() => idleTimer.stop());
      return { begin: () => idleTimer.expect(over ? undefined : ms), end: () => idleTimer.expect(undefined) };
    },
    stop,
    // Not Promise.race: its reactions stay on the long-lived promise, and with them every chunk of a stream.
    race(step) {
      return new Promise((resolve, reject) => {
        if (failure) reject(failure);
        else waiting.add(reject);
        step.then(
          (value) => {
            waiting.delete(reject);
            resolve(value);
          },
          (error: unknown) => {
            waiting.delete(reject);
            reject(failure ?? error);
          },
        );
      });
    },
    end,
  };
}
