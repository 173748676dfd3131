import type { Encoder } from './encoder.ts';
import { nearest } from './encoder.ts';
import { type Channels, frameBytes, toInt16 } from './pcm.ts';
import { guardCodec } from './wasm/codec-guard.ts';
import { type CodecHandle, type LibraryAbi, shareLibrary, standaloneImports } from './wasm/wasm-library.ts';

export interface Mp3Options {
  /** One of `MP3_RATES`, in Hz. */
  readonly rate: number;
  readonly channels: Channels;
  /** Constant bit rate in kbit/s; the nearest one that the rate allows is taken. */
  readonly bitrate?: number | undefined;
}

/** What MPEG-1, MPEG-2 and MPEG-2.5 Layer III know, in Hz. */
export const MP3_RATES: readonly number[] = [8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000];

const MPEG1_BITRATES = [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
const MPEG2_BITRATES = [32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
const MPEG25_BITRATES = [32, 40, 48, 56, 64];
const MIN_MPEG1_RATE = 32_000;
const MIN_MPEG2_RATE = 16_000;

function bitratesOf(rate: number): readonly number[] {
  if (rate >= MIN_MPEG1_RATE) return MPEG1_BITRATES;
  return rate >= MIN_MPEG2_RATE ? MPEG2_BITRATES : MPEG25_BITRATES;
}

/** In kbit/s, where none is asked for: a lower sample rate carries less to encode. */
function usualBitrate(rate: number): number {
  if (rate >= MIN_MPEG1_RATE) return 128;
  return rate > MIN_MPEG2_RATE ? 96 : 64;
}

/** The MPEG rate closest to `rate`, in Hz. */
export function nearestMp3Rate(rate: number): number {
  return nearest(MP3_RATES, rate);
}

type Call = 'start' | 'samples' | 'encode' | 'flush' | 'output' | 'end' | 'malloc' | 'free';

/**
 * LAME as wasm-media-encoders 0.7.0 exports it: the calls its own class makes. The class itself would give every stream
 * an instance of 16 MiB and parse 780 KB of JavaScript with the module inlined; contexts need 2 MiB and are independent.
 */
const LAME: LibraryAbi<Call> = {
  memory: 'memory',
  start: '_initialize',
  functions: {
    start: 'enc_init',
    samples: 'enc_get_pcm',
    encode: 'enc_encode',
    flush: 'enc_flush',
    output: 'enc_get_out_buf',
    end: 'enc_free',
    malloc: 'malloc',
    free: 'free',
  },
  imports: standaloneImports,
};

const takeHandle: (module: WebAssembly.Module) => CodecHandle<Call> = shareLibrary(LAME);

const SAMPLE_SCALE = 1 / 32_768;
const PARAMETER_BYTES = 20;
/** In the place of a quality for variable bit rates: constant bit rate. */
const CONSTANT_BITRATE = -1;

/**
 * MP3 frames at a constant bit rate, without Xing or ID3 tags, so that files joined end to end play as one. The stream
 * carries LAME's delay (1105 samples) and padding, which only a tag could tell a player.
 *
 * @param module `wasm/mp3.wasm` of wasm-media-encoders 0.7.0
 * @throws RangeError when `rate` is not one of `MP3_RATES`
 */
export function createMp3Encoder(
  { rate, channels, bitrate }: Mp3Options,
  module: WebAssembly.Module,
): Encoder {
  if (!MP3_RATES.includes(rate)) throw new RangeError(`MP3 has no sample rate of ${rate} Hz.`);
  const { library, leave } = takeHandle(module);
  const { call } = library;
  const context = startLame(
    library,
    rate,
    channels,
    nearest(bitratesOf(rate), bitrate ?? usualBitrate(rate)),
  );
  if (context === 0) {
    leave();
    throw new Error('The MP3 encoder did not start.');
  }
  const output = (bytes: number): Uint8Array => {
    if (bytes < 0) throw new Error(`The MP3 encoder failed with code ${bytes}.`);
    return library.copy(call.output(context), bytes);
  };
  const codec = {
    encode(slice: Uint8Array) {
      const frames = slice.length / frameBytes(channels);
      const planes = call.samples(context, frames);
      if (planes === 0) throw new Error('The MP3 encoder is out of memory.');
      writePlanes(library.buffer(), planes, toInt16(slice), channels);
      return output(call.encode(context, frames));
    },
    flush: () => output(call.flush(context)),
    free() {
      call.end(context);
      leave();
    },
  };
  return { ...guardCodec(frameBytes(channels), codec), head: () => undefined };
}

function startLame(
  { call, reserve, buffer }: CodecHandle<Call>['library'],
  rate: number,
  channels: Channels,
  bitrate: number,
): number {
  const parameters = reserve(PARAMETER_BYTES);
  const fields = new DataView(buffer(), parameters, PARAMETER_BYTES);
  fields.setUint32(0, channels, true);
  fields.setUint32(4, rate, true);
  fields.setInt32(8, bitrate, true);
  fields.setFloat32(12, CONSTANT_BITRATE, true);
  fields.setInt32(16, rate, true); // always said: LAME lowers the rate at low bit rates otherwise
  const context = call.start(parameters);
  call.free(parameters);
  return context;
}

/** Spreads interleaved samples over one array of floats a channel; `planes` is the address of their addresses. */
function writePlanes(memory: ArrayBuffer, planes: number, samples: Int16Array, channels: Channels): void {
  const frames = samples.length / channels;
  for (const [channel, address] of new Uint32Array(memory, planes, channels).entries()) {
    const plane = new Float32Array(memory, address, frames);
    for (let i = 0; i < frames; i++) plane[i] = (samples[i * channels + channel] ?? 0) * SAMPLE_SCALE;
  }
}
