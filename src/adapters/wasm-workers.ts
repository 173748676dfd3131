import stretch from '../../node_modules/@echogarden/sonic-wasm/sonic.wasm';
import resample from '../../node_modules/@echogarden/speex-resampler-wasm/wasm/speex-resampler-nonsimd.wasm';
import mp3 from '../../node_modules/wasm-media-encoders/wasm/mp3.wasm';
import type { WasmName } from '../ports.ts';

/**
 * The codecs' modules for Workers, bundled from the pinned packages. By path, because the packages do not export the files
 * in a way that the bundler's module rules follow.
 */
export const wasmModules: Readonly<Record<WasmName, WebAssembly.Module>> = { mp3, resample, stretch };
