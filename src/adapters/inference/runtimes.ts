import type * as OrtModule from 'onnxruntime-web';
import type { Ort } from '../../engine/onnx/families/family.ts';
import type { OpenOrt } from '../../engine/onnx/worker.ts';

type Runtime = Pick<typeof OrtModule, 'InferenceSession' | 'Tensor'>;

/** An optional peer: not a literal import, as no bundler must look for it. */
const nativePackage: string = 'onnxruntime-node';

/** Is onnxruntime-node installed, and may it run here? Deno asks for `--allow-ffi`. */
export function hasNativeRuntime(): Promise<boolean> {
  return importNative().then(
    () => true,
    () => false,
  );
}

/** Either runtime; that of WebAssembly is imported by `importWasm`, as its build differs. */
export function openEither(importWasm: () => Promise<typeof OrtModule>): OpenOrt {
  return async ({ runtime, threads }) =>
    runtime === 'native' ? ofNative(await importNative(), threads) : ofWasm(await importWasm(), threads);
}

export function ofWasm({ env, InferenceSession, Tensor }: typeof OrtModule, threads: number): Ort {
  env.wasm.numThreads = threads; // before the first session: it is read once
  env.logLevel = 'error';
  return {
    runtime: 'wasm',
    Tensor,
    createSession: (model) => InferenceSession.create(model, { executionProviders: ['wasm'] }),
  };
}

/** Its threads wait asleep: one that spins takes a core from the other streams. */
const asleep = { session: { intra_op: { allow_spinning: '0' } } };

export function ofNative({ InferenceSession, Tensor }: Runtime, threads: number): Ort {
  return {
    runtime: 'native',
    Tensor,
    createSession: (model) =>
      InferenceSession.create(model, {
        executionProviders: ['cpu'],
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        logSeverityLevel: 3,
        extra: asleep,
      }),
  };
}

async function importNative(): Promise<Runtime> {
  const module = (await import(nativePackage)) as { default: Runtime };
  return module.default;
}
