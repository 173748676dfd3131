import type { Clock } from '../../core/ports.ts';
import type { StateStores } from '../../core/store.ts';
import type { Logger } from '../../telemetry/log.ts';
import { createCircuitBreaker } from '../circuit-breaker.ts';
import { joinStores } from '../join.ts';
import { createSharedLeases } from '../leases-shared.ts';
import type { BlobBounds } from '../memory.ts';
import { createSharedRates } from '../rates-shared.ts';
import { createRedisBlobs } from './blobs.ts';
import { createRedisLeaseBackend } from './leases.ts';
import type { RedisLink } from './link.ts';
import { createRedisTake } from './rates.ts';
import { createRedisRecords } from './records.ts';

/** State that servers share in Redis (6.2 or later). The link is closed with the stores. @throws when it cannot be used */
export async function createRedisState(
  link: RedisLink,
  options: BlobBounds,
  clock: Clock,
  log: Pick<Logger, 'warn' | 'info'>,
): Promise<StateStores> {
  const breaker = createCircuitBreaker('Redis', clock, log);
  return joinStores(
    {
      blobs: createRedisBlobs(link, options, breaker),
      rates: createSharedRates(createRedisTake(link), clock, breaker),
      records: createRedisRecords(link),
      leases: createSharedLeases(await createRedisLeaseBackend(link, clock), clock, breaker),
    },
    () => link.close(),
  );
}
