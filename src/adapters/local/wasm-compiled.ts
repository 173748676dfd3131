import { readFile } from 'node:fs/promises';
import docsStyle from '../../../dist/docs/swagger-ui.css' with { type: 'file' };
import docsScript from '../../../dist/docs/swagger-ui-bundle.txt' with { type: 'file' };
import aac from '../../../dist/wasm/aac.wasm' with { type: 'file' };
import kernels from '../../../dist/wasm/kernels.wasm' with { type: 'file' };
import stretch from '../../../node_modules/@echogarden/sonic-wasm/sonic.wasm' with { type: 'file' };
import resample from '../../../node_modules/@echogarden/speex-resampler-wasm/wasm/speex-resampler-nonsimd.wasm' with {
  type: 'file',
};
import opus from '../../../node_modules/@evan/opus/wasm/opus.wasm' with { type: 'file' };
import mp3 from '../../../node_modules/wasm-media-encoders/wasm/mp3.wasm' with { type: 'file' };
import type { DocsFile, WasmName } from '../../core/ports.ts';
import { compileOnce } from './compile-once.ts';

/**
 * The codecs' modules as files inside Bun's single executable: their imports are paths, whatever the types say. Those of
 * AAC and of the kernels are put into dist/ by `npm run build:codecs`.
 */
const files = { mp3, opus, aac, resample, stretch } as unknown as Readonly<Record<WasmName, string>>;

export function wasmLoader(): (name: WasmName) => Promise<WebAssembly.Module> {
  return compileOnce((name) => readFile(files[name]));
}

export function readKernels(): Promise<Uint8Array<ArrayBuffer>> {
  return readFile(kernels as unknown as string);
}

const docs: Readonly<Record<DocsFile, string>> = {
  'swagger-ui-bundle.js': docsScript,
  'swagger-ui.css': docsStyle,
};

export function readDocsFile(name: DocsFile): Promise<Uint8Array<ArrayBuffer>> {
  return readFile(docs[name]);
}
