import type { Clock } from '../core/ports.ts';
import { describe, type Logger } from '../telemetry/log.ts';

/** A store elsewhere that may be away: who asks gets an answer or learns at once that there is none. */
export interface CircuitBreaker {
  /** Undefined when the store is away. Never throws. */
  ask<T>(work: () => Promise<T>): Promise<{ readonly answer: T } | undefined>;
}

/** After a failure nobody asks for so long, so that a store that stalls costs few requests its deadline. */
const REST_MS = 1000;

/** One line when the store goes away and one when it is back, whatever fails in between. */
export function createCircuitBreaker(
  name: string,
  clock: Clock,
  log: Pick<Logger, 'warn' | 'info'>,
): CircuitBreaker {
  let restUntil = 0;
  let away = false;
  return {
    async ask(work) {
      if (away && clock.now() < restUntil) return undefined;
      try {
        const answer = await work();
        if (away) log.info(`${name} is back`);
        away = false;
        return { answer };
      } catch (error) {
        if (!away)
          log.warn(`${name} cannot be reached: this server counts alone`, { cause: describe(error) });
        away = true;
        restUntil = clock.now() + REST_MS;
        return undefined;
      }
    },
  };
}
