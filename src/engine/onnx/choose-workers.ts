import type { Machine } from '../../core/ports.ts';

/** A worker that holds Kokoro takes about 400 MB, with a Piper voice beside it half a gigabyte. */
const WORKER_BYTES = 500e6;
/** Of the free memory; the rest is for speech that is kept, and for everybody else. */
const MEMORY_SHARE = 0.5;
/** Hundreds of listeners. More is for somebody who knows what else the machine does. */
const MAX_WORKERS = 8;

/**
 * How many inference workers a machine bears: one for each core, as two streams on a worker each are made nearly twice as
 * fast as on one, and twice as many threads of one worker bring half of that (see docs/performance.md, rtf).
 */
export function chooseWorkers({ cores, freeBytes }: Machine, threads: number): number {
  const byCores = Math.floor(cores / threads);
  const byMemory =
    freeBytes === undefined ? MAX_WORKERS : Math.floor((freeBytes * MEMORY_SHARE) / WORKER_BYTES);
  return Math.max(1, Math.min(MAX_WORKERS, byCores, byMemory));
}
