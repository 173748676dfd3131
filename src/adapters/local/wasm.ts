import { readFile } from 'node:fs/promises';
import type { WasmName } from '../../core/ports.ts';
import { readAacModule } from './aac-glue.ts';
import { compileOnce } from './compile-once.ts';

/** Where the codecs' modules lie. Resolved on first use only: Speex exports its glue alone, the module lies beside it. */
const moduleUrls: Readonly<Record<Exclude<WasmName, 'aac'>, () => URL>> = {
  mp3: () => new URL(import.meta.resolve('wasm-media-encoders/wasm/mp3')),
  opus: () => new URL(import.meta.resolve('@evan/opus/wasm/opus.wasm')),
  resample: () =>
    new URL('speex-resampler-nonsimd.wasm', import.meta.resolve('@echogarden/speex-resampler-wasm')),
  stretch: () => new URL(import.meta.resolve('@echogarden/sonic-wasm/sonic.wasm')),
};

/** The bytes of the module `name`, out of the installed packages. */
export async function readWasm(name: WasmName): Promise<Uint8Array<ArrayBuffer>> {
  return name === 'aac' ? readAacModule() : readFile(moduleUrls[name]());
}

/** Compiled codec modules for Node, Bun and Deno. */
export function wasmLoader(): (name: WasmName) => Promise<WebAssembly.Module> {
  return compileOnce(readWasm);
}
