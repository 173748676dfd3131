import { spawnInference } from '#inference';
import { hasNativeRuntime } from '../../adapters/inference/runtimes.ts';
import { hasKernels, localClock, thisMachine } from '../../adapters/local/local.ts';
import { installedPacks } from '../../adapters/local/packs.ts';
import type { InferenceSetup } from '../../engine/onnx/protocol.ts';
import { candidatesOf } from '../../engine/onnx/tuning/candidates.ts';
import type { Candidate, Measured } from '../../engine/onnx/tuning/choose.ts';
import { measure } from '../../engine/onnx/tuning/measure.ts';
import { describe } from './failure.ts';
import { factsOf, MAX_FIGURES, type Tuning } from './tuned.ts';

export interface TuneOptions {
  readonly dataDir: string;
  readonly signal: AbortSignal;
  /** Those that a user added are measured too, although none of them is ever chosen. */
  readonly withAdded: boolean;
  /** Undefined: all that are there. */
  readonly runtimes?: readonly InferenceSetup['runtime'][] | undefined;
  /** Told before each candidate, and after the last one. */
  readonly onProgress: (done: number, of: number, next: Candidate | undefined) => void;
  /** A candidate could not speak: it is left out. */
  readonly onFailure: (candidate: Candidate, why: string) => void;
}

/** Lets every candidate speak for some seconds, one after the other. @throws `signal`'s reason */
export async function tune(options: TuneOptions): Promise<Tuning> {
  const { dataDir, signal, onProgress, onFailure } = options;
  const installed = await installedPacks(dataDir);
  const all: InferenceSetup['runtime'][] = (await hasNativeRuntime()) ? ['wasm', 'native'] : ['wasm'];
  const runtimes = options.runtimes ?? all;
  const { cores } = thisMachine();
  const measured = options.withAdded ? installed : installed.filter(({ added }) => !added);
  const candidates = candidatesOf(measured, { runtimes, cores }).slice(0, MAX_FIGURES);
  const figures: Measured[] = [];
  for (const [done, candidate] of candidates.entries()) {
    onProgress(done, candidates.length, candidate);
    try {
      figures.push(
        await measure(
          candidate,
          { installed, spawnInference, hasKernels, clock: localClock, cpuSeconds },
          signal,
        ),
      );
    } catch (error) {
      signal.throwIfAborted();
      onFailure(candidate, describe(error));
    }
  }
  onProgress(candidates.length, candidates.length, undefined);
  return { measuredAt: new Date().toISOString(), facts: factsOf(installed), figures };
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
