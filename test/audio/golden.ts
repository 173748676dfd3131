import { createHash } from 'node:crypto';
import { readWasm, wasmLoader } from '../../src/adapters/local/wasm.ts';
import type { WasmName } from '../../src/core/ports.ts';
import { hashOutputs } from './golden-outputs.ts';

const modules: readonly WasmName[] = ['mp3', 'opus', 'aac', 'resample', 'stretch'];

/** sha256 of each pinned module, as it is read out of the installed packages. */
export async function hashModules(): Promise<Record<string, string>> {
  const hashes: Record<string, string> = {};
  for (const name of modules)
    hashes[`${name}.wasm`] = createHash('sha256')
      .update(await readWasm(name))
      .digest('hex');
  return hashes;
}

/** Of the modules, and of what they make. */
export async function hashCodecs(): Promise<Record<string, string>> {
  return { ...(await hashModules()), ...(await hashOutputs(wasmLoader())) };
}

if (import.meta.main) console.log(JSON.stringify(await hashCodecs()));
