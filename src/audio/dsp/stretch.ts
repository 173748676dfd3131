import { joinBytes } from '../../core/bytes.ts';
import { type Channels, checkRate, FrameAligner, frameBytes, type PcmFilter } from '../pcm.ts';
import { guardCodec, mapSlices } from '../wasm/codec-guard.ts';
import { type CodecHandle, type LibraryAbi, minifiedImports, shareLibrary } from '../wasm/wasm-library.ts';

const MIN_SPEED = 0.25;
const MAX_SPEED = 4;

type Call = 'start' | 'setSpeed' | 'write' | 'available' | 'read' | 'end' | 'malloc' | 'free';

/** Sonic (pitch-synchronous overlap-add, made for speech) as @echogarden/sonic-wasm 0.2.0 exports it. */
const SONIC: LibraryAbi<Call> = {
  memory: 'c',
  start: 'd',
  functions: {
    start: 'q',
    setSpeed: 'f',
    write: 'z',
    available: 'A',
    read: 'w',
    end: 'o',
    malloc: 'G',
    free: 'p',
  },
  imports: (memory) => minifiedImports(memory, { growHeap: 'a', copyBytes: 'b' }),
};

const takeHandle: (module: WebAssembly.Module) => CodecHandle<Call> = shareLibrary(SONIC);

/**
 * Sonic's choices depend on how much input it can see: fed in blocks of one length, the same speech gives the same bytes
 * however it arrives.
 */
const BLOCK_SECONDS = 0.01;
/** Room for a block at the highest rate, two channels. */
const SCRATCH_BYTES = 8192;

/**
 * Changes how fast speech is spoken and keeps its pitch. The duration is that of the input divided by `speed`, within
 * 3 %; passes bytes on at a speed of 1.
 *
 * @param rate sample rate in Hz
 * @param speed MIN_SPEED..MAX_SPEED
 * @param module `sonic.wasm` of @echogarden/sonic-wasm 0.2.0
 * @throws RangeError for a speed or rate outside its bounds
 */
export function createStretcher(
  rate: number,
  channels: Channels,
  speed: number,
  module: WebAssembly.Module,
): PcmFilter {
  checkRate(rate);
  if (!(speed >= MIN_SPEED && speed <= MAX_SPEED)) {
    throw new RangeError(`The speed must be between ${MIN_SPEED} and ${MAX_SPEED}, not ${speed}.`);
  }
  const bytesPerFrame = frameBytes(channels);
  if (speed === 1) return mapSlices(bytesPerFrame, (pcm) => pcm);
  const sonic = openSonic(rate, channels, speed, module);
  const blockBytes = Math.ceil(rate * BLOCK_SECONDS) * bytesPerFrame;
  const blocks = new FrameAligner(blockBytes);
  let bytesIn = 0;
  let bytesOut = 0;
  const run = (pcm: Uint8Array): Uint8Array => {
    const parts: Uint8Array[] = [];
    for (let at = 0; at < pcm.length; at += blockBytes)
      parts.push(sonic.run(pcm.subarray(at, at + blockBytes)));
    const out = joinBytes(parts);
    bytesOut += out.length;
    return out;
  };
  return guardCodec(bytesPerFrame, {
    encode(slice) {
      bytesIn += slice.length;
      return run(blocks.push(slice));
    },
    flush() {
      const missing = (): number => Math.round(bytesIn / bytesPerFrame / speed) * bytesPerFrame - bytesOut;
      const silence = new Uint8Array(blockBytes);
      const rest: Uint8Array[] = [];
      let next = blocks.rest;
      for (let left = missing(); left > 0; left = missing()) {
        rest.push(run(next).subarray(0, left));
        next = silence;
      }
      return joinBytes(rest);
    },
    free: sonic.free,
  });
}

interface SonicStream {
  /** Takes at most one block. */
  run(pcm: Uint8Array): Uint8Array;
  free(): void;
}

function openSonic(rate: number, channels: Channels, speed: number, module: WebAssembly.Module): SonicStream {
  const { library, leave } = takeHandle(module);
  const { call } = library;
  const bytesPerFrame = frameBytes(channels);
  const scratch = library.reserve(SCRATCH_BYTES);
  const stream = call.start(rate, channels);
  const free = (): void => {
    if (stream !== 0) call.end(stream);
    call.free(scratch);
    leave();
  };
  if (stream === 0) {
    free();
    throw new Error('The speed filter did not start.');
  }
  call.setSpeed(stream, speed);
  return {
    run(pcm) {
      library.put(pcm, scratch);
      if (call.write(stream, scratch, pcm.length / bytesPerFrame) === 0) {
        throw new Error('The speed filter is out of memory.');
      }
      const parts: Uint8Array[] = [];
      while (call.available(stream) > 0) {
        const frames = call.read(stream, scratch, SCRATCH_BYTES / bytesPerFrame);
        parts.push(library.copy(scratch, frames * bytesPerFrame));
      }
      return joinBytes(parts);
    },
    free,
  };
}
