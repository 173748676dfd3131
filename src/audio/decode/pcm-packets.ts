import { FLOAT_STEP, mixInterleaved } from './mix.ts';
import type { PacketDecoder } from './sound.ts';

/** One sample of a kind, and what a 16-bit step is worth in it. */
interface Kind {
  readonly bytes: number;
  readonly step: number;
  read(view: DataView, at: number): number;
}

/** Kinds of samples by mediabunny's names: those of WAV, and the big-endian ones (`be`) of AIFF and QuickTime. */
const kinds: Readonly<Record<string, Kind>> = {
  'pcm-u8': { bytes: 1, step: 1 / 256, read: (view, at) => view.getUint8(at) - 128 },
  'pcm-s8': { bytes: 1, step: 1 / 256, read: (view, at) => view.getInt8(at) },
  'pcm-s16': { bytes: 2, step: 1, read: (view, at) => view.getInt16(at, true) },
  'pcm-s24': {
    bytes: 3,
    step: 256,
    read: (view, at) => (view.getInt8(at + 2) << 16) | view.getUint16(at, true),
  },
  'pcm-s32': { bytes: 4, step: 65_536, read: (view, at) => view.getInt32(at, true) },
  'pcm-f32': { bytes: 4, step: FLOAT_STEP, read: (view, at) => finite(view.getFloat32(at, true)) },
  'pcm-f64': { bytes: 8, step: FLOAT_STEP, read: (view, at) => finite(view.getFloat64(at, true)) },
  'pcm-s16be': { bytes: 2, step: 1, read: (view, at) => view.getInt16(at) },
  'pcm-s24be': {
    bytes: 3,
    step: 256,
    read: (view, at) => (view.getInt8(at) << 16) | view.getUint16(at + 1),
  },
  'pcm-s32be': { bytes: 4, step: 65_536, read: (view, at) => view.getInt32(at) },
  'pcm-f32be': { bytes: 4, step: FLOAT_STEP, read: (view, at) => finite(view.getFloat32(at)) },
  'pcm-f64be': { bytes: 8, step: FLOAT_STEP, read: (view, at) => finite(view.getFloat64(at)) },
  alaw: { bytes: 1, step: 1, read: (view, at) => fromAlaw(view.getUint8(at)) },
  ulaw: { bytes: 1, step: 1, read: (view, at) => fromUlaw(view.getUint8(at)) },
};

/** Decodes packets of uncompressed samples; undefined when `codec` is none of their kinds. */
export function createPcmDecoder(codec: string, rate: number, channels: number): PacketDecoder | undefined {
  const kind = kinds[codec];
  if (!kind) return undefined;
  return {
    rate,
    decode(packet) {
      const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
      const values = new Float64Array(Math.floor(packet.length / kind.bytes));
      for (let index = 0; index < values.length; index++) values[index] = kind.read(view, index * kind.bytes);
      return mixInterleaved(values, channels, kind.step);
    },
    free() {},
  };
}

/** 0 for what is none of the kinds. */
export function bytesOfSample(codec: string): number {
  return kinds[codec]?.bytes ?? 0;
}

function finite(value: number): number {
  return Number.isFinite(value) ? value : 0;
}

/** ITU-T G.711, A-law: 8 bits to a sample of 13, in 16. */
function fromAlaw(byte: number): number {
  const code = byte ^ 0x55;
  const [exponent, mantissa] = [(code >> 4) & 7, code & 15];
  const size = exponent === 0 ? (mantissa << 4) + 8 : ((mantissa << 4) + 264) << (exponent - 1);
  return code & 0x80 ? size : -size;
}

/** ITU-T G.711, mu-law: 8 bits to a sample of 14, in 16. */
function fromUlaw(byte: number): number {
  const code = ~byte & 0xff;
  const size = ((((code & 15) << 3) + 132) << ((code >> 4) & 7)) - 132;
  return code & 0x80 ? -size : size;
}
