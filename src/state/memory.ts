import type { Clock } from '../ports.ts';
import { type BlobBounds, createMemoryBlobs } from './blobs-memory.ts';
import { joinStores } from './join.ts';
import { createMemoryLeases } from './leases-memory.ts';
import { createMemoryRates } from './rates-memory.ts';
import { createMemoryRecords } from './records-memory.ts';
import type { StateStores } from './store.ts';

/** All state in this process: gone with it. */
export function createMemoryState(options: BlobBounds, clock: Clock): StateStores {
  return joinStores({
    blobs: createMemoryBlobs(options, clock),
    rates: createMemoryRates(clock),
    records: createMemoryRecords(),
    leases: createMemoryLeases(clock),
  });
}
