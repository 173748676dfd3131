import { readFile } from 'node:fs/promises';
import type { WasmName } from '../ports.ts';
import { compileOnce } from './compile-once.ts';

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

/** Compiled codec modules for Node, Bun and Deno. */
export function wasmLoader(): (name: WasmName) => Promise<WebAssembly.Module> {
  return compileOnce((name) => readFile(wasmUrl(name)));
}
