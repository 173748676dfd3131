import { readFile } from 'node:fs/promises';
import * as ort from 'onnxruntime-web';
import { ofWasm } from '../../src/adapters/inference/runtimes.ts';
import { wasmLoader } from '../../src/adapters/local/wasm.ts';
import { createResampler } from '../../src/audio/dsp/resample.ts';
import { toInt16 } from '../../src/audio/pcm.ts';
import { joinBytes } from '../../src/core/bytes.ts';
import { loadMoonshine } from '../../src/recognizer/moonshine.ts';
import { RECOGNIZER_RATE } from '../../src/recognizer/recognizer.ts';

/** Mono s16le at `rate` in, what was said out: the server's own recogniser, in this thread. */
export type Transcribe = (pcm: Uint8Array, rate: number) => Promise<string>;

export async function loadListener(files: Readonly<Record<string, string>>): Promise<Transcribe> {
  const model = await loadMoonshine(files, (path) => readFile(path), ofWasm(ort, 1));
  const speex = await wasmLoader()('resample');
  return async (pcm, rate) => {
    const resampler = createResampler(rate, RECOGNIZER_RATE, 1, speex);
    const samples = toInt16(joinBytes([resampler.push(pcm), resampler.end()]));
    return (await model.transcribe(Float32Array.from(samples, (sample) => sample / 32_768))).text;
  };
}
