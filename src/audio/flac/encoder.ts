import { joinBytes } from '../../core/bytes.ts';
import type { Encoder } from '../encoder.ts';
import { BYTES_PER_SAMPLE, type Channels, FrameAligner, frameBytes, toInt16 } from '../pcm.ts';
import { guardCodec } from '../wasm/codec-guard.ts';
import { COEFFICIENT_BITS, type Prediction, predict } from './predict.ts';
import { BitWriter, planRice, type RicePlan, writeRice } from './rice.ts';

export interface FlacOptions {
  /** In Hz. */
  readonly rate: number;
  readonly channels: Channels;
  /** Bytes of PCM that will follow, where they are known. */
  readonly dataBytes?: number | undefined;
}

/** 48 ms at 24 kHz: a longer block saves less than 1 % of speech, and comes later. */
const BLOCK_FRAMES = 1152;

const STREAMINFO_BYTES = 34;
const LAST_METADATA_BLOCK = 0x80;

/** The marker and STREAMINFO (RFC 9639, section 8.2). What a stream cannot know, lengths and the checksum, is 0. */
function flacHead({ rate, channels, dataBytes = 0 }: FlacOptions): Uint8Array {
  const head = new DataView(new ArrayBuffer(8 + STREAMINFO_BYTES));
  const bytes = new Uint8Array(head.buffer);
  bytes.set([0x66, 0x4c, 0x61, 0x43, LAST_METADATA_BLOCK, 0, 0, STREAMINFO_BYTES]); // fLaC
  head.setUint16(8, BLOCK_FRAMES);
  head.setUint16(10, BLOCK_FRAMES);
  const frames = BigInt(Math.floor(dataBytes / frameBytes(channels)));
  const format = (BigInt(rate) << 8n) | (BigInt(channels - 1) << 5n) | BigInt(BYTES_PER_SAMPLE * 8 - 1);
  head.setBigUint64(18, (format << 36n) | frames);
  return bytes;
}

/** FLAC: every sample comes back as it was, in about half the bytes. Pure TypeScript: no published codec runs on Workers. */
export function createFlacEncoder(options: FlacOptions): Encoder {
  const { rate, channels } = options;
  const blockBytes = BLOCK_FRAMES * frameBytes(channels);
  const blocks = new FrameAligner(blockBytes);
  let number = 0;
  const encode = (block: Uint8Array): Uint8Array =>
    flacFrame(planesOf(toInt16(block), channels), { rate, number: number++ });
  const codec = {
    encode(slice: Uint8Array) {
      const whole = blocks.push(slice);
      const frames: Uint8Array[] = [];
      for (let at = 0; at < whole.length; at += blockBytes)
        frames.push(encode(whole.subarray(at, at + blockBytes)));
      return joinBytes(frames);
    },
    flush: () => (blocks.rest.length > 0 ? encode(blocks.rest) : new Uint8Array(0)),
    free: () => {},
  };
  return { ...guardCodec(frameBytes(channels), codec), head: () => flacHead(options) };
}

function planesOf(samples: Int16Array, channels: Channels): Int16Array[] {
  if (channels === 1) return [samples];
  const frames = samples.length / channels;
  return Array.from({ length: channels }, (_, channel) =>
    Int16Array.from({ length: frames }, (_, i) => samples[i * channels + channel] ?? 0),
  );
}

/* One frame of a FLAC stream (RFC 9639, section 9). */

interface FrameFacts {
  /** In Hz. */
  readonly rate: number;
  /** Number of the frame in its stream, from 0. */
  readonly number: number;
}

const SAMPLE_BITS = 16;
const MAX_HEADER_BYTES = 16;
const CHECKSUM_BYTES = 2;
/** Beyond its samples, the most that a channel takes. */
const SUBFRAME_OVERHEAD_BYTES = 8;

/** Sample rates that have a code of their own (table 16). */
const RATE_CODES: ReadonlyMap<number, number> = new Map([
  [88_200, 1],
  [176_400, 2],
  [192_000, 3],
  [8000, 4],
  [16_000, 5],
  [22_050, 6],
  [24_000, 7],
  [32_000, 8],
  [44_100, 9],
  [48_000, 10],
  [96_000, 11],
]);

const SYNC_FIXED_BLOCKS = 0xfff8;
const BLOCK_SIZE_FOLLOWS = 7;
const RATE_FOLLOWS = 13;
const RATE_AS_IN_STREAMINFO = 0;
const SIXTEEN_BITS = 4;

/** @param planes the samples of each channel, all of one length: 1..65536 */
function flacFrame(planes: readonly Int16Array[], { rate, number }: FrameFacts): Uint8Array {
  const length = planes[0]?.length ?? 0;
  const most = planes.length * (length * BYTES_PER_SAMPLE + SUBFRAME_OVERHEAD_BYTES);
  const out = new BitWriter(MAX_HEADER_BYTES + most + CHECKSUM_BYTES);
  const short = rate < 2 ** 16 ? RATE_FOLLOWS : RATE_AS_IN_STREAMINFO;
  const rateCode = RATE_CODES.get(rate) ?? short;
  out.put(SYNC_FIXED_BLOCKS, 16);
  out.put(BLOCK_SIZE_FOLLOWS, 4);
  out.put(rateCode, 4);
  out.put(planes.length - 1, 4); // independent channels
  out.put(SIXTEEN_BITS, 3);
  out.put(0, 1);
  putNumber(out, number);
  out.put(length - 1, 16);
  if (rateCode === RATE_FOLLOWS) out.put(rate, 16);
  out.put(checksum8(out.bytes), 8);
  for (const samples of planes) putSubframe(out, samples);
  out.align();
  out.put(checksum16(out.bytes), 16);
  return out.bytes;
}

/** As UTF-8 writes code points, but up to 31 bits (section 9.1.5). */
function putNumber(out: BitWriter, number: number): void {
  if (number < 0x80) {
    out.put(number, 8);
    return;
  }
  let more = 1;
  while (number >= 2 ** (5 * more + 6)) more++;
  const marks = 0xff ^ (2 ** (7 - more) - 1);
  out.put(marks | Math.floor(number / 2 ** (6 * more)), 8);
  for (let left = more - 1; left >= 0; left--) out.put(0x80 | ((number >> (6 * left)) & 0x3f), 8);
}

const CONSTANT = 0;
const VERBATIM = 1;
const FIXED = 8;
const COMPUTED = 32;
const TYPE_BITS = 8;
const PRECISION_BITS = 4;
const SHIFT_BITS = 5;

function putSubframe(out: BitWriter, samples: Int16Array): void {
  const putType = (type: number): void => out.put(type << 1, TYPE_BITS);
  const first = samples[0] ?? 0;
  if (isConstant(samples)) {
    putType(CONSTANT);
    out.put(first, SAMPLE_BITS);
    return;
  }
  const residual = new Int32Array(samples.length);
  const prediction = predict(samples, residual);
  const plan = planRice(residual, samples.length, prediction.order);
  if (priceOf(prediction, plan) >= samples.length * SAMPLE_BITS) {
    putType(VERBATIM);
    for (const sample of samples) out.put(sample, SAMPLE_BITS);
    return;
  }
  const { order, weights } = prediction;
  putType(weights ? COMPUTED | (order - 1) : FIXED | order);
  for (const sample of samples.subarray(0, order)) out.put(sample, SAMPLE_BITS);
  if (weights) {
    out.put(COEFFICIENT_BITS - 1, PRECISION_BITS);
    out.put(weights.shift, SHIFT_BITS);
    for (const coefficient of weights.coefficients) out.put(coefficient, COEFFICIENT_BITS);
  }
  writeRice(out, residual, { length: samples.length, order }, plan);
}

function isConstant(samples: Int16Array): boolean {
  let i = 1;
  while (i < samples.length && samples[i] === samples[0]) i++;
  return i >= samples.length;
}

/** In bits, without the type. */
function priceOf({ order, weights }: Prediction, plan: RicePlan): number {
  const head = weights ? PRECISION_BITS + SHIFT_BITS + order * COEFFICIENT_BITS : 0;
  return order * SAMPLE_BITS + head + plan.bits;
}

/** x^8 + x^2 + x + 1. */
const TABLE_8: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x80 ? (crc << 1) ^ 0x107 : crc << 1;
  return crc;
});

/** x^16 + x^15 + x^2 + 1. */
const TABLE_16: Uint16Array = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x18005 : crc << 1;
  return crc;
});

function checksum8(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) crc = TABLE_8[crc ^ byte] ?? 0;
  return crc;
}

function checksum16(bytes: Uint8Array): number {
  let crc = 0;
  for (let i = 0; i < bytes.length; i++)
    crc = ((crc << 8) & 0xffff) ^ (TABLE_16[(crc >> 8) ^ (bytes[i] ?? 0)] ?? 0);
  return crc;
}
