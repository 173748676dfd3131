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
  return new Work(clock, caller);
}

/** Ten thousand streams have one each: an object with methods takes half of what as many closures do. */
class Work implements BoundWork {
  readonly #clock: Clock;
  readonly #caller: AbortSignal | undefined;
  /** Calls off what is set. */
  readonly #alarms = new Set<() => void>();
  #waiting: Set<(failure: Error) => void> | undefined;
  #controller: AbortController | undefined; // made for whoever asks for its signal
  #failure: Error | undefined;
  #isOver = false;

  constructor(clock: Clock, caller?: AbortSignal) {
    this.#clock = clock;
    this.#caller = caller;
    if (caller?.aborted) this.#callerLeft();
    else caller?.addEventListener('abort', this.#callerLeft, { once: true });
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#failure) this.#controller.abort(this.#failure);
    }
    return this.#controller.signal;
  }

  get failure(): Error | undefined {
    return this.#failure;
  }

  limit(ms: number, makeFailure: () => Error): () => void {
    if (this.#isOver) return () => {};
    const cancel = this.#clock.alarm(ms, () => this.stop(makeFailure()));
    this.#alarms.add(cancel);
    return () => {
      this.#alarms.delete(cancel);
      cancel();
    };
  }

  watchGaps(ms: number, makeFailure: () => Error): Gaps {
    const idleTimer = new IdleTimer(this.#clock, () => this.stop(makeFailure()));
    if (!this.#isOver) this.#alarms.add(() => idleTimer.stop());
    return {
      begin: () => idleTimer.expect(this.#isOver ? undefined : ms),
      end: () => idleTimer.expect(undefined),
    };
  }

  stop(reason: Error): void {
    if (this.#isOver) return;
    this.#failure = reason;
    this.end();
    this.#controller?.abort(reason);
    const waiting = this.#waiting;
    this.#waiting = undefined;
    for (const reject of waiting ?? []) reject(reason);
  }

  // Not Promise.race: its reactions stay on the long-lived promise, and with them every chunk of a stream.
  race<T>(step: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#waiting ??= new Set();
      if (this.#failure) reject(this.#failure);
      else this.#waiting.add(reject);
      const settle = (): void => {
        this.#waiting?.delete(reject);
        if (this.#waiting?.size === 0) this.#waiting = undefined;
      };
      step.then(
        (value) => {
          settle();
          resolve(value);
        },
        (error: unknown) => {
          settle();
          reject(this.#failure ?? error);
        },
      );
    });
  }

  end(): void {
    this.#isOver = true;
    for (const cancel of this.#alarms) cancel();
    this.#alarms.clear();
    this.#caller?.removeEventListener('abort', this.#callerLeft);
  }

  readonly #callerLeft = (): void => this.stop(new ClientGone(this.#caller?.reason));
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
