import { readFile } from 'node:fs/promises';
import type { WasmName } from '../ports.ts';

/** Where the codecs' modules lie. Resolved on first use only: Speex exports its glue alone, the module lies beside it. */
const moduleUrls: Readonly<Record<WasmName, () => URL>> = {
  mp3: () => new URL(import.meta.resolve('wasm-media-encoders/wasm/mp3')),
  resample: () =>
    new URL('speex-resampler-nonsimd.wasm', import.meta.resolve('@echogarden/speex-resampler-wasm')),
  stretch: () => new URL(import.meta.resolve('@echogarden/sonic-wasm/sonic.wasm')),
};

/** The URL of the file that holds the module `name`. */
export function wasmUrl(name: WasmName): URL {
  return moduleUrls[name]();
}

/** Compiled codec modules for Node, Bun and Deno: each read when first asked for and compiled at most once. */
export function wasmLoader(): (name: WasmName) => Promise<WebAssembly.Module> {
  const compiled = new Map<WasmName, Promise<WebAssembly.Module>>();
  return (name) => {
    const known = compiled.get(name);
    if (known) return known;
    const loading = readFile(wasmUrl(name)).then((bytes) => WebAssembly.compile(bytes));
    compiled.set(name, loading);
    loading.catch(() => compiled.delete(name)); // a file that could not be read may be readable next time
    return loading;
  };
}
