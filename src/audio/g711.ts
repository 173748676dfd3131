import type { Encoder } from './encoder.ts';
import { type Channels, frameBytes, toInt16 } from './pcm.ts';
import { mapSlices } from './wasm/codec-guard.ts';

/** G.711 is one channel at this rate (ITU-T G.711, section 2). */
export const G711_RATE = 8000;

/** How a law turns a positive sample of 14 bits into one of 128 levels, and writes a level down. */
interface Law {
  level(magnitude: number): number;
  /** Inverts the bits of a level: all of them, or every second one, so that a line never rests. */
  readonly mask: number;
}

const SIGN = 0x80;
const MAX_MAGNITUDE = 8191;
const MAX_LEVEL = 127;
/** µ-law shifts samples by so much: then each of its segments is twice as long as the one before. */
const ULAW_BIAS = 33;
/** Where the segments of both laws begin: the segment `s` at `32 << s`. */
const FIRST_SEGMENT = 32;

/** @param shifted at least FIRST_SEGMENT */
function segmentOf(shifted: number): number {
  return 31 - Math.clz32(shifted) - 5;
}

/** The level in a segment of 16 equal steps. A value just above the segment's start is nearer to the last level before it. */
function levelIn(segment: number, shifted: number): number {
  const level = segment * 16 + ((shifted >> (segment + 1)) & 15);
  const isNearerBelow = (shifted - (FIRST_SEGMENT << segment)) * 4 < 1 << segment;
  return isNearerBelow ? level - 1 : level;
}

const ulaw: Law = {
  mask: 0xff,
  level(magnitude) {
    const shifted = magnitude + ULAW_BIAS;
    const segment = segmentOf(shifted);
    return segment === 0 ? (shifted >> 1) & 15 : Math.min(MAX_LEVEL, levelIn(segment, shifted));
  },
};

const alaw: Law = {
  mask: 0xd5,
  level(magnitude) {
    if (magnitude < 2 * FIRST_SEGMENT) return magnitude >> 2;
    const segment = segmentOf(magnitude);
    return segment === 1 ? 16 + ((magnitude >> 2) & 15) : levelIn(segment, magnitude);
  },
};

/** One sample of 16 bits as a byte, the same as ffmpeg's `pcm_mulaw` and `pcm_alaw`. */
function compress(sample: number, { level, mask }: Law): number {
  const short = sample >> 2;
  const magnitude = Math.min(MAX_MAGNITUDE, Math.abs(short));
  return level(magnitude) ^ (short < 0 ? mask ^ SIGN : mask);
}

/** Bytes of G.711, one a sample, without a container. Two channels become their mean. */
export function createG711Encoder(law: 'ulaw' | 'alaw', channels: Channels): Encoder {
  const rules = law === 'ulaw' ? ulaw : alaw;
  const encode = (slice: Uint8Array): Uint8Array => {
    const samples = toInt16(slice);
    const out = new Uint8Array(samples.length / channels);
    for (let i = 0; i < out.length; i++) {
      const [left = 0, right = 0] = [samples[i * channels], samples[i * channels + 1]];
      out[i] = compress(channels === 1 ? left : (left + right) >> 1, rules);
    }
    return out;
  };
  return { ...mapSlices(frameBytes(channels), encode), head: () => undefined };
}

/** Makes mono s16le PCM of bytes of G.711. */
export function createG711Decoder(law: 'ulaw' | 'alaw'): (bytes: Uint8Array) => Uint8Array<ArrayBuffer> {
  const table = Int16Array.from({ length: 256 }, (_, byte) =>
    law === 'ulaw' ? fromUlaw(byte) : fromAlaw(byte),
  );
  return (bytes) => {
    const samples = new Int16Array(bytes.length);
    for (let i = 0; i < samples.length; i++) samples[i] = table[bytes[i] ?? 0] ?? 0;
    return new Uint8Array(samples.buffer);
  };
}

/** The middle of the step that a byte stands for (ITU-T G.711, tables 2a and 2b), in 16 bits. */
function fromUlaw(byte: number): number {
  const inverted = byte ^ ulaw.mask;
  const [segment, step] = [(inverted >> 4) & 7, inverted & 15];
  const magnitude = ((2 * step + ULAW_BIAS) << segment) - ULAW_BIAS;
  return (inverted & SIGN ? -magnitude : magnitude) * 4;
}

/** The same (tables 1a and 1b). */
function fromAlaw(byte: number): number {
  const inverted = byte ^ alaw.mask;
  const [segment, step] = [(inverted >> 4) & 7, inverted & 15];
  const magnitude = segment === 0 ? 2 * step + 1 : (2 * step + 1 + 32) << (segment - 1);
  return (inverted & SIGN ? -magnitude : magnitude) * 8;
}
