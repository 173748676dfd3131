import type { InstalledPack } from '../../../core/ports.ts';
import { misheardOf } from '../packs/clarity.ts';
import { findPack } from '../packs/manifest.ts';
import type { PackFamily } from '../packs/pack.ts';
import type { InferenceSetup } from '../protocol.ts';
import type { Candidate } from './choose.ts';

type Runtime = InferenceSetup['runtime'];

/** More threads of one worker bring little. */
const THREADS = [1, 2, 4];

/** What its graphs compute in, as prepared and loaded by this version. */
const precisions: Readonly<Record<PackFamily, Readonly<Record<Runtime, string>>>> = {
  piper: { wasm: 'int8 weights', native: 'int8 weights' },
  kokoro: { wasm: 'int8', native: 'fp32 convolutions' },
  moonshine: { wasm: 'int8', native: 'int8' },
  silero: { wasm: 'fp32', native: 'fp32' },
};

/**
 * The first voice of every installed pack that speaks, on each runtime, with as many threads as there are cores for. Those that a user
 * added are measured too, and never chosen by themselves: nobody has counted what is misheard of them.
 */
export function candidatesOf(
  installed: readonly InstalledPack[],
  { runtimes, cores }: { readonly runtimes: readonly Runtime[]; readonly cores: number },
): Candidate[] {
  return installed.flatMap(({ id, added }) => {
    const pack = added ?? findPack(id);
    const voice = pack?.voices[0];
    if (!pack || !voice) return [];
    return runtimes.flatMap((runtime) =>
      THREADS.filter((threads) => threads <= Math.max(1, cores)).map((threads) => ({
        pack: id,
        voice: voice.id,
        runtime,
        threads,
        precision: precisions[pack.family][runtime],
        misheard: misheardOf(id),
      })),
    );
  });
}
