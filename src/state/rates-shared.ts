import type { Clock } from '../core/ports.ts';
import type { RateStore, RateVerdict } from '../core/store.ts';
import type { CircuitBreaker } from './circuit-breaker.ts';
import { createMemoryRates } from './memory.ts';

/** Windows that servers share. While the store is away, each server limits on its own: nobody is let in for nothing. */
export function createSharedRates(take: RateStore['take'], clock: Clock, breaker: CircuitBreaker): RateStore {
  const local = createMemoryRates(clock);
  return {
    abilities: { atomic: true, lasting: true, shared: true, maxValueBytes: 0 },
    async take(key, cost, limit, windowMs): Promise<RateVerdict> {
      const told = await breaker.ask(() => take(key, cost, limit, windowMs));
      return told?.answer ?? local.take(key, cost, limit, windowMs);
    },
    close: () => local.close(),
  };
}
