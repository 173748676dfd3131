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
    const spoken = toInt16(joinBytes([resampler.push(pcm), resampler.end()]));
    return (await model.transcribe(inFaintNoise(spoken))).text;
  };
}

/** A microphone in a quiet room, 60 dB below full scale, for a moment before and after. */
const NOISE = 1e-3;
const AROUND = 0.3 * RECOGNIZER_RATE;

/**
 * On digital silence Moonshine hears words that nobody said, often a number at the beginning. The same noise each time (a linear
 * congruential generator, Numerical Recipes 7.1).
 */
function inFaintNoise(spoken: Int16Array): Float32Array {
  let state = 1;
  return Float32Array.from({ length: spoken.length + 2 * AROUND }, (_, index) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return NOISE * (state / 2 ** 31 - 1) + (spoken[index - AROUND] ?? 0) / 32_768;
  });
}
