import type { Clock } from '../../core/ports.ts';
import type { StateStores } from '../../core/store.ts';
import { joinStores } from '../join.ts';
import { type BlobBounds, createMemoryBlobs } from './blobs.ts';
import { createMemoryLeases } from './leases.ts';
import { createMemoryRates } from './rates.ts';
import { createMemoryRecords } from './records.ts';

/** All state in this process: gone with it. */
export function createMemoryState(options: BlobBounds, clock: Clock): StateStores {
  return joinStores({
    blobs: createMemoryBlobs(options, clock),
    rates: createMemoryRates(clock),
    records: createMemoryRecords(),
    leases: createMemoryLeases(clock),
  });
}
