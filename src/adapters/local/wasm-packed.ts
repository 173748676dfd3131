import { readFile } from 'node:fs/promises';
import type { DocsFile, WasmName } from '../../core/ports.ts';
import { compileOnce } from './compile-once.ts';

/** The codecs' modules in the npm package: files beside the bundled modules, put there by `npm run build:package`. */
export function wasmLoader(): (name: WasmName) => Promise<WebAssembly.Module> {
  return compileOnce(readModule);
}

export function readKernels(): Promise<Uint8Array<ArrayBuffer>> {
  return readModule('kernels');
}

/** The page that shows the description of the API. */
export function readDocsFile(name: DocsFile): Promise<Uint8Array<ArrayBuffer>> {
  return readFile(new URL(`./${name}`, import.meta.url));
}

function readModule(name: WasmName | 'kernels'): Promise<Uint8Array<ArrayBuffer>> {
  return readFile(new URL(`./${name}.wasm`, import.meta.url));
}
