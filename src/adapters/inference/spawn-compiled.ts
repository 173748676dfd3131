import type { InferenceWorker } from '../../core/ports.ts';
import { spawnWorker } from './spawn.ts';

/** As inference.ts, in Bun's single executable: its worker's module lies beside the program's. */
export function spawnInference(): InferenceWorker {
  return spawnWorker(new URL('./adapters/inference/worker-compiled.js', import.meta.url));
}
