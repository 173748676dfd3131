import { joinBytes } from '../core/bytes.ts';
import type { Encoder } from './encoder.ts';
import { OPUS_CLOCK, OpusPages, type OpusStream, opusHead } from './ogg-opus.ts';
import { type Channels, FrameAligner, frameBytes } from './pcm.ts';
import { guardCodec } from './wasm/codec-guard.ts';
import { type CodecHandle, type LibraryAbi, shareLibrary, standaloneImports } from './wasm/wasm-library.ts';

export interface OpusOptions {
  /** One of `OPUS_RATES`, in Hz. */
  readonly rate: number;
  readonly channels: Channels;
  /** Variable bit rate around this many kbit/s, within MIN_KBPS..MAX_KBPS. */
  readonly bitrate?: number | undefined;
  /** Ogg's number of the stream, 32 bits: drawn by lot when it is not given, so that files can be chained. */
  readonly serial?: number | undefined;
  /** What is said to have been encoded, where it was resampled to `rate`. */
  readonly inputRate?: number | undefined;
}

/** What libopus takes without resampling, in Hz. */
export const OPUS_RATES: readonly number[] = [8000, 12_000, 16_000, 24_000, 48_000];

const MIN_KBPS = 6;
const MAX_KBPS = 510;
/** Speech at full band is transparent to most listeners from here on, for each channel. */
const USUAL_KBPS = 32;

/** The lowest Opus rate that carries all of `rate`, in Hz. */
export function opusRateFor(rate: number): number {
  return OPUS_RATES.find((one) => one >= rate) ?? OPUS_CLOCK;
}

type Call = 'size' | 'init' | 'set' | 'get' | 'encode' | 'malloc' | 'free';

/** libopus as @evan/opus 1.0.3 exports it. Its own loader reads files by itself, which Workers cannot. */
const OPUS: LibraryAbi<Call> = {
  memory: 'memory',
  start: '_initialize',
  functions: {
    size: 'opus_encoder_get_size',
    init: 'opus_encoder_init',
    set: 'opus_encoder_ctl_set',
    get: 'opus_encoder_ctl_get',
    encode: 'opus_encode',
    malloc: 'malloc',
    free: 'free',
  },
  imports: standaloneImports,
};

const takeHandle: (module: WebAssembly.Module) => CodecHandle<Call> = shareLibrary(OPUS);

/** Requests and values of opus_defines.h. */
const APPLICATION_AUDIO = 2049;
const SET_BITRATE = 4002;
const SET_COMPLEXITY = 4010;
const SET_SIGNAL = 4024;
const SIGNAL_VOICE = 3001;
const GET_LOOKAHEAD = 4027;
/** Of 0..10: the best, at 12 ms of a core for each second of speech; 5 takes 7 ms, 0 takes 4 ms. */
const COMPLEXITY = 10;

const PACKETS_PER_SECOND = 50;
/** No packet of 20 ms is longer (RFC 6716, section 3.4). */
const PACKET_BYTES = 1275;

/**
 * Opus in Ogg. Of the length that went in, to the sample: the stream says what its decoder must leave out at both ends.
 *
 * @param module `wasm/opus.wasm` of @evan/opus 1.0.3
 * @throws RangeError when `rate` is not one of `OPUS_RATES`
 */
export function createOpusEncoder(options: OpusOptions, module: WebAssembly.Module): Encoder {
  const { rate, channels, serial = randomSerial(), inputRate = rate } = options;
  if (!OPUS_RATES.includes(rate)) throw new RangeError(`Opus has no sample rate of ${rate} Hz.`);
  const libopus = openLibopus(options, module);
  const clock = OPUS_CLOCK / rate;
  const stream: OpusStream = { serial, channels, inputRate, preSkip: libopus.lookahead * clock };
  const pages = new OpusPages(stream);
  const bytesPerFrame = frameBytes(channels);
  const blockBytes = (rate / PACKETS_PER_SECOND) * bytesPerFrame;
  const blocks = new FrameAligner(blockBytes);
  let framesIn = 0;
  let framesCoded = 0;
  const encode = (pcm: Uint8Array): Uint8Array => {
    const made: Uint8Array[] = [];
    for (let at = 0; at < pcm.length; at += blockBytes) {
      const packet = libopus.encode(pcm.subarray(at, at + blockBytes));
      framesCoded += blockBytes / bytesPerFrame;
      made.push(pages.add(packet, OPUS_CLOCK / PACKETS_PER_SECOND));
    }
    return joinBytes(made);
  };
  const codec = {
    encode(slice: Uint8Array) {
      framesIn += slice.length / bytesPerFrame;
      return encode(blocks.push(slice));
    },
    flush() {
      const made: Uint8Array[] = [];
      for (let rest = blocks.rest; framesCoded < framesIn + libopus.lookahead; rest = new Uint8Array(0)) {
        const block = new Uint8Array(blockBytes); // silence pushes out what the encoder looked ahead at
        block.set(rest);
        made.push(encode(block));
      }
      return joinBytes([...made, pages.end(framesIn * clock)]);
    },
    free: libopus.free,
  };
  return { ...guardCodec(bytesPerFrame, codec), head: () => opusHead(stream) };
}

function randomSerial(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
}

interface Libopus {
  /** Frames at the encoder's rate that it is behind. */
  readonly lookahead: number;
  /** Takes 20 ms. @returns one packet */
  encode(pcm: Uint8Array): Uint8Array;
  free(): void;
}

function openLibopus({ rate, channels, bitrate }: OpusOptions, module: WebAssembly.Module): Libopus {
  const { library, leave } = takeHandle(module);
  const { call } = library;
  const frames = rate / PACKETS_PER_SECOND;
  const context = library.reserve(call.size(channels));
  const input = library.reserve(frames * frameBytes(channels));
  const output = library.reserve(PACKET_BYTES);
  const free = (): void => {
    for (const address of [context, input, output]) call.free(address);
    leave();
  };
  const check = (code: number): number => {
    if (code < 0) throw new Error(`The Opus encoder failed with code ${code}.`);
    return code;
  };
  try {
    check(call.init(context, rate, channels, APPLICATION_AUDIO));
    const kbps = Math.max(MIN_KBPS, Math.min(MAX_KBPS, bitrate ?? USUAL_KBPS * channels));
    check(call.set(context, SET_BITRATE, Math.round(kbps * 1000)));
    check(call.set(context, SET_COMPLEXITY, COMPLEXITY));
    check(call.set(context, SET_SIGNAL, SIGNAL_VOICE));
    return {
      lookahead: check(call.get(context, GET_LOOKAHEAD)),
      encode(pcm) {
        library.put(pcm, input);
        return library.copy(output, check(call.encode(context, input, frames, output, PACKET_BYTES)));
      },
      free,
    };
  } catch (error) {
    free();
    throw error;
  }
}
