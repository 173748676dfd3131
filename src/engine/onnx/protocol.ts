import type { SpokenWord } from '../../core/engine.ts';
import type { PhonemeOverride } from '../../core/request.ts';

/**
 * Between the engine and an inference worker. Every message survives structured cloning; files travel as paths, never
 * as bytes (Deno needs 4 GB to clone 63 MB into a worker).
 *
 * The engine pulls: it asks for one window of PCM at a time, so a client that leaves stops the work at the next window
 * and a slow reader costs only its latent.
 */
export type SpeakingFamily = 'piper' | 'kokoro';

export interface PackToLoad {
  readonly id: string;
  readonly family: SpeakingFamily;
  /** A role to what the worker can open. */
  readonly files: Readonly<Record<string, string>>;
}

/** What one job says. */
export interface SynthesisJob {
  readonly text: string;
  readonly voice: string;
  /** BCP 47 */
  readonly language: string;
  /** Words whose sounds are given. */
  readonly phonemeOverrides?: readonly PhonemeOverride[] | undefined;
  /** 0.25..4 */
  readonly speed: number;
  /** The same line with the same seed gives the same samples. */
  readonly seed: number;
  /** Times the model's samples: brings the voice to the loudness of the others. */
  readonly gain: number;
  /** Something is being heard already: windows need not start small. */
  readonly isContinuation: boolean;
}

/** How a worker runs its graphs: WebAssembly is everywhere, machine code where onnxruntime-node is installed. */
export interface InferenceSetup {
  readonly runtime: 'wasm' | 'native';
  readonly threads: number;
  /** Kernels of our own compute what they know of a graph. */
  readonly kernels?: boolean | undefined;
}

export type ToWorker =
  | ({ readonly kind: 'setup' } & InferenceSetup)
  /** Loads a pack and speaks `synthesis` to nobody: the first words are slow while code is being optimised. */
  | {
      readonly kind: 'load';
      readonly call: number;
      readonly pack: PackToLoad;
      readonly synthesis: SynthesisJob;
    }
  | {
      readonly kind: 'open';
      readonly call: number;
      readonly job: number;
      readonly pack: PackToLoad;
      readonly synthesis: SynthesisJob;
    }
  | { readonly kind: 'next'; readonly call: number; readonly job: number }
  | { readonly kind: 'close'; readonly job: number }
  /** Asks for `rests` once the step is over that the worker is at; nothing more is asked of it. */
  | { readonly kind: 'rest' };

/** What `open` and `next` bring. */
export interface Window {
  /** Mono s16le, transferred. */
  readonly pcm: Uint8Array<ArrayBuffer>;
  /** The job is over: nothing needs closing. */
  readonly last: boolean;
  /** When words are heard that were not told of before: known as soon as the model has planned them, before their sound. */
  readonly words?: readonly SpokenWord[] | undefined;
}

export type FromWorker =
  | { readonly kind: 'loaded'; readonly call: number; readonly packs: readonly string[] }
  | {
      readonly kind: 'window';
      readonly call: number;
      readonly packs: readonly string[];
      readonly window: Window;
    }
  | { readonly kind: 'failed'; readonly call: number; readonly failure: WorkerFailure }
  /** `windows` were decoded before the job was closed. */
  | { readonly kind: 'closed'; readonly job: number; readonly windows: number }
  | { readonly kind: 'rests'; readonly rests: true }
  /** For the log. */
  | { readonly kind: 'note'; readonly note: string };

export interface WorkerFailure {
  /** `unspeakable`: the text has no sounds. `unloadable`: the voice's files. `broken`: anything else. */
  readonly reason: 'unspeakable' | 'unloadable' | 'broken';
  /** For the log; never for a client. */
  readonly detail: string;
}
