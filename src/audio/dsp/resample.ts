import { joinBytes } from '../../core/bytes.ts';
import { type Channels, checkRate, frameBytes, type PcmFilter } from '../pcm.ts';
import { guardCodec, mapSlices, SLICE_BYTES } from '../wasm/codec-guard.ts';
import { type CodecHandle, type LibraryAbi, minifiedImports, shareLibrary } from '../wasm/wasm-library.ts';

export type { PcmFilter };

type Call = 'start' | 'skipDelay' | 'process' | 'end' | 'malloc' | 'free';

/** The Speex resampler as @echogarden/speex-resampler-wasm 0.3.0 exports it. */
const SPEEX: LibraryAbi<Call> = {
  memory: 'c',
  start: 'd',
  functions: { start: 'e', skipDelay: 'z', process: 'o', end: 'j', malloc: 'C', free: 'h' },
  imports: (memory) => minifiedImports(memory, { growHeap: 'a', copyBytes: 'b' }),
};

const takeHandle: (module: WebAssembly.Module) => CodecHandle<Call> = shareLibrary(SPEEX);

/**
 * Of 0..10. Measured from 44.1 to 24 kHz: at 7 a tone at nine tenths of the band loses nothing and aliases are below the
 * last bit; 5 takes 1.8 dB off that tone, 10 needs 2.5 times the time and twice the delay to the first audio.
 */
const QUALITY = 7;
const OUTPUT_BYTES = 16_384;
/** Two 32-bit numbers: frames given and taken, room and frames made. */
const COUNTER_BYTES = 8;
const SILENT_FRAMES = 1024;

/**
 * Changes the sample rate. No delay: the first sample out is the first one in. The number of frames is that of the
 * input times `to / from`, rounded; passes bytes on where the rates are equal.
 *
 * @param from rate of the input in Hz
 * @param to rate of the output in Hz
 * @param module `wasm/speex-resampler-nonsimd.wasm` of @echogarden/speex-resampler-wasm 0.3.0
 * @throws RangeError for a rate that is not a whole number of Hz, or beyond `MIN_RATE..MAX_RATE`
 */
export function createResampler(
  from: number,
  to: number,
  channels: Channels,
  module: WebAssembly.Module,
): PcmFilter {
  checkRate(from);
  checkRate(to);
  const bytesPerFrame = frameBytes(channels);
  if (from === to) return mapSlices(bytesPerFrame, (pcm) => pcm);
  const context = openSpeex(from, to, channels, module);
  let framesIn = 0;
  let framesOut = 0;
  const run = (pcm: Uint8Array): Uint8Array => {
    const out = context.run(pcm);
    framesOut += out.length / bytesPerFrame;
    return out;
  };
  return guardCodec(bytesPerFrame, {
    encode(slice) {
      framesIn += slice.length / bytesPerFrame;
      return run(slice);
    },
    flush() {
      const missing = (): number => (resampledFrames(framesIn, from, to) - framesOut) * bytesPerFrame;
      const silence = new Uint8Array(SILENT_FRAMES * bytesPerFrame);
      const rest: Uint8Array[] = [];
      for (let left = missing(); left > 0; left = missing()) rest.push(run(silence).subarray(0, left));
      return joinBytes(rest);
    },
    free: context.free,
  });
}

/** How many frames at the rate `to` the filter makes of `frames` at the rate `from`. */
export function resampledFrames(frames: number, from: number, to: number): number {
  return Math.round((frames * to) / from);
}

interface SpeexContext {
  run(pcm: Uint8Array): Uint8Array;
  free(): void;
}

function openSpeex(from: number, to: number, channels: Channels, module: WebAssembly.Module): SpeexContext {
  const { library, leave } = takeHandle(module);
  const { call } = library;
  const bytesPerFrame = frameBytes(channels);
  const counters = library.reserve(COUNTER_BYTES);
  const input = library.reserve(SLICE_BYTES);
  const output = library.reserve(OUTPUT_BYTES);
  const state = call.start(channels, from, to, QUALITY, counters);
  const free = (): void => {
    if (state !== 0) call.end(state);
    for (const address of [counters, input, output]) call.free(address);
    leave();
  };
  if (state === 0) {
    free();
    throw new Error(`The resampler did not start from ${from} to ${to} Hz.`);
  }
  call.skipDelay(state);

  /** Takes what fits into the output. @returns the frames taken and the PCM made. */
  const step = (frames: number, address: number): { taken: number; made: Uint8Array } => {
    new Uint32Array(library.buffer(), counters, 2).set([frames, OUTPUT_BYTES / bytesPerFrame]);
    const code = call.process(state, address, counters, output, counters + 4);
    const [taken = 0, made = 0] = new Uint32Array(library.buffer(), counters, 2);
    if (code !== 0 || (taken === 0 && made === 0)) throw new Error(`The resampler failed with code ${code}.`);
    return { taken, made: library.copy(output, made * bytesPerFrame) };
  };
  return {
    run(pcm) {
      library.put(pcm, input);
      const parts: Uint8Array[] = [];
      const frames = pcm.length / bytesPerFrame;
      for (let at = 0; at < frames; ) {
        const { taken, made } = step(frames - at, input + at * bytesPerFrame);
        parts.push(made);
        at += taken;
      }
      return joinBytes(parts);
    },
    free,
  };
}
