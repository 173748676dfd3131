import type { Encoder } from './encoder.ts';
import { BYTES_PER_SAMPLE, type Channels, frameBytes } from './pcm.ts';
import { guardCodec } from './wasm/codec-guard.ts';

export interface WavShape {
  /** Sample rate in Hz. */
  readonly rate: number;
  readonly channels: Channels;
  /** Bytes of PCM that follow the header, where they are known. */
  readonly dataBytes?: number | undefined;
}

export const WAV_HEADER_BYTES = 44;

const RIFF_OVERHEAD = 36;
const FMT_CHUNK_BYTES = 16;
const FORMAT_PCM = 1;
/** Says "until the stream ends" to ffmpeg, sox, Python's wave and browsers; with 0 sox and Python play nothing. */
const UNKNOWN_SIZE = 0xffff_ffff;

/** A RIFF/WAVE header for 16-bit PCM. Both sizes say "unknown" without `dataBytes`, or where they would not fit. */
export function wavHeader({ rate, channels, dataBytes }: WavShape): Uint8Array {
  const known = dataBytes !== undefined && dataBytes + RIFF_OVERHEAD < UNKNOWN_SIZE;
  const header = new DataView(new ArrayBuffer(WAV_HEADER_BYTES));
  const tag = (at: number, name: string): void => {
    for (let i = 0; i < name.length; i++) header.setUint8(at + i, name.charCodeAt(i));
  };
  tag(0, 'RIFF');
  header.setUint32(4, known ? dataBytes + RIFF_OVERHEAD : UNKNOWN_SIZE, true);
  tag(8, 'WAVEfmt ');
  header.setUint32(16, FMT_CHUNK_BYTES, true);
  header.setUint16(20, FORMAT_PCM, true);
  header.setUint16(22, channels, true);
  header.setUint32(24, rate, true);
  header.setUint32(28, rate * frameBytes(channels), true);
  header.setUint16(32, frameBytes(channels), true);
  header.setUint16(34, BYTES_PER_SAMPLE * 8, true);
  tag(36, 'data');
  header.setUint32(40, known ? dataBytes : UNKNOWN_SIZE, true);
  return new Uint8Array(header.buffer);
}

/** A WAV file: the header, then the PCM as it is. */
export function createWavEncoder(shape: WavShape): Encoder {
  return { ...createPcmEncoder(shape.channels), head: () => wavHeader(shape) };
}

/** Bare PCM: what goes in comes out, so that a thousand who hear the same hold it once. */
export function createPcmEncoder(channels: Channels): Encoder {
  const nothing = new Uint8Array(0);
  const passing = {
    encode: (pcm: Uint8Array) => pcm,
    flush: () => nothing,
    free: () => {},
    takesWhole: true,
  };
  return { ...guardCodec(frameBytes(channels), passing), head: () => undefined };
}

const RIFF = 0x5249_4646;
const RIFF_SIZE_AT = 4;
const DATA_SIZE_AT = 40;
/** The RIFF size counts what follows it. */
const BEFORE_RIFF_SIZE = 8;

/** A WAV that was streamed with sizes unknown, now with its true ones; anything else as it is. Changes `bytes` itself. */
export function wavWithSizes<T extends Uint8Array>(bytes: T): T {
  if (bytes.length < WAV_HEADER_BYTES) return bytes;
  const header = new DataView(bytes.buffer, bytes.byteOffset, WAV_HEADER_BYTES);
  const isStreamed = header.getUint32(0) === RIFF && header.getUint32(DATA_SIZE_AT, true) === UNKNOWN_SIZE;
  if (isStreamed) {
    header.setUint32(RIFF_SIZE_AT, bytes.length - BEFORE_RIFF_SIZE, true);
    header.setUint32(DATA_SIZE_AT, bytes.length - WAV_HEADER_BYTES, true);
  }
  return bytes;
}
