import { wasmLoader } from '../../src/adapters/local/wasm.ts';
import { createEncoder, type EncoderOptions } from '../../src/audio/formats.ts';
import { joinBytes } from '../../src/core/bytes.ts';

/** The real modules, compiled once for a test file. */
export const wasm: ReturnType<typeof wasmLoader> = wasmLoader();

/** The whole file of `format` for `pcm`, head included. */
export async function encodeWhole(options: EncoderOptions, pcm: Uint8Array): Promise<Uint8Array> {
  const encoder = await createEncoder(options, wasm);
  return joinBytes([encoder.head() ?? new Uint8Array(0), encoder.push(pcm), encoder.end()]);
}
