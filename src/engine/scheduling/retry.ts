import type { Clock } from '../../core/ports.ts';
import { ClientGone } from '../../stream/cancel.ts';

/**
 * Keeps retries a small part of the requests: an outage must not be answered with a multiple of the load that caused it
 * (Google SRE book, chapter 22, "retry budget").
 */
export interface RetryBudget {
  /** A new request came. */
  request(): void;
  /** Takes one retry; false when there is none left. */
  take(): boolean;
}

const WINDOW_MS = 60_000;
const STEP_MS = 5_000;
/** Of the requests of the last minute. */
const SHARE = 0.2;
/** On top, so that a server with few requests can retry at all. */
const ALWAYS = 10;

export function createRetryBudget(clock: Clock): RetryBudget {
  let steps: { readonly at: number; requests: number; retries: number }[] = [];
  const current = (): (typeof steps)[number] => {
    const now = clock.now();
    steps = steps.filter(({ at }) => now - at < WINDOW_MS);
    const last = steps.at(-1);
    if (last && now - last.at < STEP_MS) return last;
    const next = { at: now, requests: 0, retries: 0 };
    steps.push(next);
    return next;
  };
  const sum = (what: 'requests' | 'retries'): number => steps.reduce((all, step) => all + step[what], 0);
  return {
    request() {
      current().requests++;
    },
    take() {
      const step = current();
      if (sum('retries') >= ALWAYS + SHARE * sum('requests')) return false;
      step.retries++;
      return true;
    },
  };
}

const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 2000;

/**
 * Milliseconds before retry number `retry` (from 0): anything up to a bound that doubles. Full jitter keeps clients that
 * failed together from coming back together (AWS Architecture Blog, "Exponential Backoff And Jitter").
 */
export function jitteredPauseMs(retry: number, random: () => number): number {
  return random() * Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** retry);
}

/** @throws ClientGone as soon as `signal` aborts */
export function pause(ms: number, clock: Clock, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(new ClientGone(signal.reason));
      return;
    }
    const leave = (): void => {
      callOff();
      reject(new ClientGone(signal.reason));
    };
    const callOff = clock.alarm(ms, () => {
      signal.removeEventListener('abort', leave);
      resolve();
    });
    signal.addEventListener('abort', leave, { once: true });
  });
}
