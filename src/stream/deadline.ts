import type { Clock } from '../core/ports.ts';
import { ClientGone } from './cancel.ts';

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

/**
 * One alarm for a wait that begins and ends with every chunk. It is not set anew each time, which would cost more than
 * handing the chunk on: when it rings too early, it is set again for what is left.
 */
export class IdleTimer {
  readonly #clock: Clock;
  readonly #onTimeout: () => void;
  #limit: number | undefined;
  #since = 0;
  /** When the alarm rings; meaningless while none is set. */
  #due = 0;
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, onTimeout: () => void) {
    this.#clock = clock;
    this.#onTimeout = onTimeout;
  }

  /** From now on it fires once `ms` milliseconds have passed; never when undefined. */
  expect(ms: number | undefined): void {
    this.#limit = ms;
    if (ms === undefined) return;
    this.#since = this.#clock.now();
    if (this.#cancel && this.#due <= this.#since + ms) return;
    this.#cancel?.();
    this.#set(ms);
  }

  /** Leaves no alarm behind. */
  stop(): void {
    this.#limit = undefined;
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #set(ms: number): void {
    this.#due = this.#clock.now() + ms;
    this.#cancel = this.#clock.alarm(ms, () => this.#ring());
  }

  #ring(): void {
    this.#cancel = undefined;
    if (this.#limit === undefined) return;
    const left = this.#since + this.#limit - this.#clock.now();
    if (left > 0) this.#set(left);
    else this.#onTimeout();
  }
}

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

/** Resolves after `ms`, or as soon as `signal` aborts. */
export function sleep(ms: number, clock: Pick<Clock, 'alarm'>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wake = (): void => {
      callOff();
      signal.removeEventListener('abort', wake);
      resolve();
    };
    const callOff = clock.alarm(Math.max(1, ms), wake);
    signal.addEventListener('abort', wake, { once: true });
  });
}
