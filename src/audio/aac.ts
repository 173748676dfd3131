import { joinBytes } from '../core/bytes.ts';
import type { Encoder } from './encoder.ts';
import { nearest } from './encoder.ts';
import { type Channels, FrameAligner, frameBytes, toInt16 } from './pcm.ts';
import { guardCodec } from './wasm/codec-guard.ts';
import { type CodecHandle, type LibraryAbi, minifiedImports, shareLibrary } from './wasm/wasm-library.ts';

export interface AacOptions {
  /** One of `AAC_RATES`, in Hz. */
  readonly rate: number;
  readonly channels: Channels;
  /** In kbit/s, on average; the nearest one that the rate allows is taken. */
  readonly bitrate?: number | undefined;
}

/** In the order of ADTS' index of sample rates (ISO 14496-3, table 1.18), in Hz. */
export const AAC_RATES: readonly number[] = [
  96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8000, 7350,
];

const BLOCK_FRAMES = 1024;
const MIN_KBPS = 16;
const MAX_KBPS = 320;
/** The standard's buffer: no block of a channel is longer. */
const MAX_BLOCK_BITS = 6144;
/** FFmpeg's encoder needs more than others: this many bits for each sample of speech, within the bounds. */
const USUAL_BITS_PER_SAMPLE = 2.7;
const USUAL_MIN_KBPS = 48;
const USUAL_MAX_KBPS = 96;

/** The AAC rate closest to `rate`, in Hz. */
export function nearestAacRate(rate: number): number {
  return nearest(AAC_RATES, rate);
}

/** In bit/s. */
function bitrateOf({ rate, channels, bitrate }: AacOptions): number {
  const usual = Math.max(USUAL_MIN_KBPS, Math.min(USUAL_MAX_KBPS, (rate * USUAL_BITS_PER_SAMPLE) / 1000));
  const highest = Math.min(MAX_KBPS, (MAX_BLOCK_BITS * channels * rate) / BLOCK_FRAMES / 1000);
  const kbps = Math.max(MIN_KBPS, Math.min(highest, bitrate ?? usual * channels));
  return Math.floor(kbps * 1000);
}

type Call =
  | 'open'
  | 'blockFrames'
  | 'input'
  | 'send'
  | 'receive'
  | 'flush'
  | 'packet'
  | 'close'
  | 'malloc'
  | 'free';

/** FFmpeg's encoder of AAC-LC as @mediabunny/aac-encoder 1.59.0 exports it to its own glue. */
const FFMPEG_AAC: LibraryAbi<Call> = {
  memory: 'r',
  start: 's',
  functions: {
    open: 't',
    blockFrames: 'v',
    input: 'y',
    send: 'A',
    receive: 'B',
    flush: 'C',
    packet: 'E',
    close: 'H',
    malloc: 'u',
    free: 'z',
  },
  imports: (memory) => minifiedImports(memory, { growHeap: 'm', refused: 'abcdeghiklnopq', deadly: 'fj' }),
};

const takeHandle: (module: WebAssembly.Module) => CodecHandle<Call> = shareLibrary(FFMPEG_AAC);

const SAMPLE_SCALE = 1 / 32_768;
const FLOAT_BYTES = 4;

/**
 * AAC-LC in ADTS. The stream starts with 1024 samples of the encoder's delay and ends in up to two blocks of padding,
 * which ADTS has no way to tell a player.
 *
 * @param module the module inside @mediabunny/aac-encoder 1.59.0
 * @throws RangeError when `rate` is not one of `AAC_RATES`
 */
export function createAacEncoder(options: AacOptions, module: WebAssembly.Module): Encoder {
  const { rate, channels } = options;
  if (!AAC_RATES.includes(rate)) throw new RangeError(`AAC has no sample rate of ${rate} Hz.`);
  const { library, leave } = takeHandle(module);
  const { call } = library;
  const context = call.open(channels, rate, bitrateOf(options));
  if (context === 0 || call.blockFrames(context) !== BLOCK_FRAMES) {
    if (context !== 0) call.close(context);
    leave();
    throw new Error('The AAC encoder did not start.');
  }
  const blockBytes = BLOCK_FRAMES * frameBytes(channels);
  const blocks = new FrameAligner(blockBytes);
  let time = 0n;
  const receive = (): Uint8Array[] => {
    const made: Uint8Array[] = [];
    for (;;) {
      const bytes = call.receive(context);
      if (bytes < 0) throw new Error(`The AAC encoder failed with code ${bytes}.`);
      if (bytes === 0) return made;
      made.push(adtsHeader(rate, channels, bytes), library.copy(call.packet(context), bytes));
    }
  };
  const encode = (block: Uint8Array): Uint8Array[] => {
    const samples = toInt16(block);
    const input = call.input(context, samples.length * FLOAT_BYTES);
    if (input === 0) throw new Error('The AAC encoder is out of memory.');
    const floats = new Float32Array(library.buffer(), input, samples.length);
    for (let i = 0; i < samples.length; i++) floats[i] = (samples[i] ?? 0) * SAMPLE_SCALE;
    const code = call.send(context, time);
    if (code < 0) throw new Error(`The AAC encoder failed with code ${code}.`);
    time += BigInt(BLOCK_FRAMES);
    return receive();
  };
  const codec = {
    encode(slice: Uint8Array) {
      const whole = blocks.push(slice);
      const made: Uint8Array[] = [];
      for (let at = 0; at < whole.length; at += blockBytes)
        made.push(...encode(whole.subarray(at, at + blockBytes)));
      return joinBytes(made);
    },
    flush() {
      const last = new Uint8Array(blockBytes);
      last.set(blocks.rest);
      const made = blocks.rest.length > 0 ? encode(last) : [];
      call.flush(context);
      return joinBytes([...made, ...receive()]);
    },
    free() {
      call.close(context);
      leave();
    },
  };
  return { ...guardCodec(frameBytes(channels), codec), head: () => undefined };
}

const ADTS_HEADER_BYTES = 7;

/** What precedes every block: MPEG-4, AAC-LC, no checksum, a buffer that may be empty (ISO 14496-3, 1.A.2.2). */
function adtsHeader(rate: number, channels: Channels, blockBytes: number): Uint8Array {
  const bytes = ADTS_HEADER_BYTES + blockBytes;
  const lowComplexity = 1;
  return new Uint8Array([
    0xff,
    0xf1,
    (lowComplexity << 6) | (AAC_RATES.indexOf(rate) << 2),
    (channels << 6) | (bytes >> 11),
    (bytes >> 3) & 0xff,
    ((bytes & 7) << 5) | 0x1f,
    0xfc,
  ]);
}
