import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { DocsFile, WasmName } from '../../core/ports.ts';
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

const kernels: URL = new URL('../../../dist/wasm/kernels.wasm', import.meta.url);

/** The inference kernels, as `npm run build:codecs` makes them. @throws when they were not made */
export function readKernels(): Promise<Uint8Array<ArrayBuffer>> {
  return readFile(kernels);
}

const docs: URL = new URL('../../../dist/docs/', import.meta.url);

/** @throws when `npm run build:codecs` has not put it there */
export function readDocsFile(name: DocsFile): Promise<Uint8Array<ArrayBuffer>> {
  return readFile(new URL(name, docs));
}

/** Compiled codec modules for Node, Bun and Deno. */
export function wasmLoader(): (name: WasmName) => Promise<WebAssembly.Module> {
  return compileOnce(readWasm);
}

/** Of the module in version 1.59.0. */
const sha256 = '8488acb0bc9f43055b83600cc4c2c07d20f07675aa65671f91ac1d75515845d9';

const opening = "binaryDecode('";
const closing = "');";
const escapes: Readonly<Record<string, string>> = { '\\n': '\n', '\\r': '\r', "\\'": "'", '\\\\': '\\' };

function glueUrl(): URL {
  return new URL('../modules/build/aac.js', import.meta.resolve('@mediabunny/aac-encoder'));
}

/**
 * The AAC encoder's module, taken out of the installed package: it lies in its JavaScript as a string with a character for
 * each byte, and the package opens it in a browser's worker only.
 *
 * @throws when the package is not the one that is pinned
 */
export async function readAacModule(): Promise<Uint8Array<ArrayBuffer>> {
  const glue = await readFile(glueUrl(), 'utf8');
  const from = glue.indexOf(opening) + opening.length;
  const text = glue.slice(from, glue.indexOf(closing, from)).replace(/\\./g, (pair) => escapes[pair] ?? pair);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
  if (createHash('sha256').update(bytes).digest('hex') !== sha256)
    throw new Error('The AAC encoder is not that of @mediabunny/aac-encoder 1.59.0: run npm ci.');
  return bytes;
}
