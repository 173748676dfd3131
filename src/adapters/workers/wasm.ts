import aac from '../../../dist/wasm/aac.wasm';
import stretch from '../../../node_modules/@echogarden/sonic-wasm/sonic.wasm';
import resample from '../../../node_modules/@echogarden/speex-resampler-wasm/wasm/speex-resampler-nonsimd.wasm';
import opus from '../../../node_modules/@evan/opus/wasm/opus.wasm';
import mp3 from '../../../node_modules/wasm-media-encoders/wasm/mp3.wasm';
import type { WasmName } from '../../core/ports.ts';

/**
 * The codecs' modules for Workers, bundled from the pinned packages. By path, because the packages do not export the files
 * in a way that the bundler's module rules follow. The one of AAC is put into dist/ by `npm run build:codecs`.
 */
export const wasmModules: Readonly<Record<WasmName, WebAssembly.Module>> = {
  mp3,
  opus,
  aac,
  resample,
  stretch,
};
