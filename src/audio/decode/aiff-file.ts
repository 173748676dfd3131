import { bytesOfSample, createPcmDecoder } from './pcm-packets.ts';
import { NoDecoder, type PacketDecoder, Undecodable } from './sound.ts';

/** An AIFF file, or an AIFC file of uncompressed samples (AIFF 1.3; AIFF-C draft of 1991). */
export interface AiffFile {
  readonly rate: number;
  readonly channels: number;
  readonly seconds: number;
  /** Mono samples. A file that was cut gives what is there. */
  frames(): Generator<Int16Array, void, void>;
}

const FIRST_CHUNK_AT = 12;
const CHUNK_HEADER_BYTES = 8;
/** Of `COMM`: channels, frames, bits, rate; AIFC appends the coding. */
const COMMON_BYTES = 18;
const CODING_AT = 18;
/** `SSND` begins with an offset and a block size. */
const SOUND_HEADER_BYTES = 8;
/** Of other chunks in front of the samples: a file of nothing but headers is not searched for long. */
const MAX_CHUNKS = 1000;
const FRAMES_AT_ONCE = 4096;
const MAX_CHANNELS = 255;

/** mediabunny's names of what AIFC's codings are, beside plain integers. */
const codings: Readonly<Record<string, string>> = {
  fl32: 'pcm-f32be',
  FL32: 'pcm-f32be',
  fl64: 'pcm-f64be',
  FL64: 'pcm-f64be',
  in24: 'pcm-s24be',
  in32: 'pcm-s32be',
  alaw: 'alaw',
  ALAW: 'alaw',
  ulaw: 'ulaw',
  ULAW: 'ulaw',
  'raw ': 'pcm-u8',
};
/** Samples of fewer bits than their bytes stand to the left in them. */
const bigEndian = ['pcm-s8', 'pcm-s16be', 'pcm-s24be', 'pcm-s32be'];
const littleEndian = ['pcm-s8', 'pcm-s16', 'pcm-s24', 'pcm-s32'];

export function isAiff(bytes: Uint8Array): boolean {
  return text(bytes, 0) === 'FORM' && ['AIFF', 'AIFC'].includes(text(bytes, 8));
}

/** @throws Undecodable when it has no samples, NoDecoder when they are compressed */
export function openAiff(bytes: Uint8Array): AiffFile {
  const { common, sound } = findChunks(bytes);
  if (!common || common.length < COMMON_BYTES || !sound) throw new Undecodable();
  const view = new DataView(common.buffer, common.byteOffset, common.length);
  const [channels, frames, bits] = [view.getUint16(0), view.getUint32(2), view.getUint16(6)];
  const rate = Math.round(readExtended(view, 8));
  const codec = codecOf(text(bytes, 8) === 'AIFC' ? text(common, CODING_AT) : 'NONE', bits);
  const decoder = codec === undefined ? undefined : createPcmDecoder(codec, rate, channels);
  if (!codec || !decoder) throw new NoDecoder();
  const frameBytes = channels * bytesOfSample(codec);
  if (frameBytes === 0 || channels > MAX_CHANNELS) throw new Undecodable();
  // A recorder that was stopped, or a pipe, leaves 0 frames: then all that is there counts.
  const there = Math.floor(sound.length / frameBytes);
  const whole = frames === 0 ? there : Math.min(frames, there);
  if (whole === 0) throw new Undecodable();
  return {
    rate,
    channels,
    seconds: whole / rate,
    frames: () => readFrames(sound.subarray(0, whole * frameBytes), frameBytes, decoder),
  };
}

function* readFrames(
  sound: Uint8Array,
  frameBytes: number,
  decoder: PacketDecoder,
): Generator<Int16Array, void, void> {
  const step = FRAMES_AT_ONCE * frameBytes;
  for (let at = 0; at < sound.length; at += step) yield decoder.decode(sound.subarray(at, at + step));
}

function findChunks(bytes: Uint8Array): {
  common: Uint8Array | undefined;
  sound: Uint8Array | undefined;
} {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let common: Uint8Array | undefined;
  let sound: Uint8Array | undefined;
  let at = FIRST_CHUNK_AT;
  for (let count = 0; count < MAX_CHUNKS && at + CHUNK_HEADER_BYTES <= bytes.length; count++) {
    const size = view.getUint32(at + 4);
    const body = bytes.subarray(at + CHUNK_HEADER_BYTES, at + CHUNK_HEADER_BYTES + size);
    const name = text(bytes, at);
    if (name === 'COMM') common ??= body;
    if (name === 'SSND' && body.length > SOUND_HEADER_BYTES) {
      const offset = view.getUint32(at + CHUNK_HEADER_BYTES);
      sound ??= body.subarray(SOUND_HEADER_BYTES + offset);
    }
    if (common && sound) break;
    at += CHUNK_HEADER_BYTES + size + (size % 2);
  }
  return { common, sound };
}

function codecOf(coding: string, bits: number): string | undefined {
  const index = Math.ceil(bits / 8) - 1;
  if (coding === 'NONE' || coding === 'twos') return bigEndian[index];
  if (coding === 'sowt') return littleEndian[index];
  return codings[coding];
}

/** An 80-bit float: sign, exponent of 15 bits, mantissa of 64 bits with its leading one. */
function readExtended(view: DataView, at: number): number {
  const exponent = view.getUint16(at) & 0x7fff;
  const mantissa = view.getUint32(at + 2) * 2 ** 32 + view.getUint32(at + 6);
  return mantissa * 2 ** (exponent - 16_383 - 63);
}

function text(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}
