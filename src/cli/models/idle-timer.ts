import { PackFailure } from './failure.ts';

/** Aborts a fetch that gives no sign of life. */
export interface IdleTimer {
  readonly signal: AbortSignal;
  /** A sign of life: the next one must come within `ms`. */
  kick(ms: number): void;
  stop(): void;
}

/** Also aborts when `parent` does; the signal's reason is then a `cancelled` failure. */
export function watch(parent: AbortSignal, ms: number, what: string): IdleTimer {
  const controller = new AbortController();
  const onTimeout = (waited: number): void =>
    controller.abort(new PackFailure('unreachable', `${what}: no answer within ${waited / 1000} s`));
  let timer = setTimeout(onTimeout, ms, ms);
  const cancel = (): void => controller.abort(cancelled());
  if (parent.aborted) cancel();
  parent.addEventListener('abort', cancel, { once: true });
  return {
    signal: controller.signal,
    kick(next) {
      clearTimeout(timer);
      timer = setTimeout(onTimeout, next, next);
    },
    stop() {
      clearTimeout(timer);
      parent.removeEventListener('abort', cancel);
    },
  };
}

export function cancelled(): PackFailure {
  return new PackFailure('cancelled', 'Stopped.');
}

/** Why the idle timer aborted, if it did; else the error itself. */
export function reasonOf(error: unknown, idleTimer: IdleTimer): unknown {
  return idleTimer.signal.aborted ? idleTimer.signal.reason : error;
}
