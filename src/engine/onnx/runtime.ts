import { SpeechFailure } from '../../core/errors.ts';
import type { InferenceSetup } from './protocol.ts';

type Runtime = InferenceSetup['runtime'];

/** Do kernels of our own compute what they know? Where they are there, unless they are turned off. Looks once. */
export function chooseKernels(
  asked: 'auto' | 'off',
  hasKernels: (() => Promise<boolean>) | undefined,
  onChosen: (areUsed: boolean) => void,
): () => Promise<boolean> {
  let chosen: Promise<boolean> | undefined;
  const choose = async (): Promise<boolean> => {
    if (asked === 'off') return false;
    const areThere = (await hasKernels?.()) ?? false;
    onChosen(areThere);
    return areThere;
  };
  return () => {
    chosen ??= choose();
    return chosen;
  };
}

/** What runs the graphs: as asked, or machine code where it is there (`auto`). Looks once; the result rejects as `OnnxOptions.runtime`. */
export function chooseRuntime(
  asked: Runtime | 'auto',
  hasNative: (() => Promise<boolean>) | undefined,
  onChosen: (runtime: Runtime, isThere: boolean) => void,
): () => Promise<Runtime> {
  let chosen: Promise<{ runtime: Runtime; isThere: boolean }> | undefined;
  const choose = async (): Promise<{ runtime: Runtime; isThere: boolean }> => {
    const isThere = asked !== 'wasm' && ((await hasNative?.()) ?? false);
    const runtime = asked === 'native' || isThere ? 'native' : 'wasm';
    onChosen(runtime, isThere || runtime === 'wasm');
    return { runtime, isThere };
  };
  return async () => {
    chosen ??= choose();
    const { runtime, isThere } = await chosen;
    if (runtime === 'wasm' || isThere) return runtime;
    const message = 'The native inference runtime is not installed.';
    throw new SpeechFailure({ code: 'engine_unavailable', message });
  };
}
