import type { InferenceWorker } from '../../core/ports.ts';
import { spawnWorker } from './spawn.ts';

/** As spawn.ts, in the npm package: what was a folder is bundled, and the worker's module lies beside this one. */
export function spawnInference(): InferenceWorker {
  return spawnWorker(new URL('./worker.js', import.meta.url));
}
