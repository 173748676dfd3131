import { BitWriter } from '../bits.ts';
import { BYTES_PER_SAMPLE } from '../pcm.ts';
import { type Prediction, predict } from './predict.ts';
import { planRice, type RicePlan, writeRice } from './rice.ts';
import { COEFFICIENT_BITS } from './weights.ts';

/** One frame of a FLAC stream (RFC 9639, section 9). */

export interface FrameFacts {
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
export function flacFrame(planes: readonly Int16Array[], { rate, number }: FrameFacts): Uint8Array {
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
