import { BitReader, readSubframe } from './flac-subframe.ts';
import { mixDown } from './mix.ts';
import { Undecodable } from './sound.ts';

/** A FLAC file (RFC 9639), taken apart here: what reads the other containers loses its last frame. */
export interface FlacFile {
  readonly info: FlacInfo;
  /** Mono samples, frame by frame. A file that was cut gives what is there. */
  frames(): Generator<Int16Array, void, void>;
}

const SAMPLE_BITS = 16;
const MARKER_BYTES = 4;
const BLOCK_HEADER_BYTES = 4;

export function isFlac(bytes: Uint8Array): boolean {
  return String.fromCharCode(...bytes.subarray(0, MARKER_BYTES)) === 'fLaC';
}

/** @throws Undecodable when it has no audio, or more than 24 bits a sample */
export function openFlac(bytes: Uint8Array): FlacFile {
  try {
    const { info, end } = readBlocks(bytes);
    readFrame(bytes, end, info); // refused at once, not when it is read
    return { info, frames: () => readFrames(bytes, end, info) };
  } catch (error) {
    throw new Undecodable(error);
  }
}

/** The metadata in front of the frames (section 8). STREAMINFO is the first block. */
function readBlocks(bytes: Uint8Array): { info: FlacInfo; end: number } {
  let info: FlacInfo | undefined;
  for (let at = MARKER_BYTES; ; ) {
    const reader = new BitReader(bytes, at);
    const [isLast, , length] = [reader.take(1), reader.take(7), reader.take(24)];
    at += BLOCK_HEADER_BYTES;
    info ??= readInfo(bytes.subarray(at, at + length));
    at += length;
    if (isLast) return { info, end: at };
  }
}

function* readFrames(bytes: Uint8Array, from: number, info: FlacInfo): Generator<Int16Array, void, void> {
  for (let at = from; at < bytes.length; ) {
    const frame = attempt(() => readFrame(bytes, at, info));
    if (!frame) return;
    yield mixDown(frame.planes, 2 ** (frame.bits - SAMPLE_BITS));
    at = frame.end;
  }
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

/** What the stream says of itself (RFC 9639, section 8.2). */
interface FlacInfo {
  /** Sample rate in Hz. */
  readonly rate: number;
  readonly channels: number;
  /** Bits of a sample. */
  readonly bits: number;
  /** Samples of each channel in all; 0 is unknown. */
  readonly samples: number;
}

interface FlacFrame {
  /** The samples of each channel, of `bits` bits. */
  readonly planes: readonly Int32Array[];
  readonly bits: number;
  /** Where the next frame begins. */
  readonly end: number;
}

const INFO_BYTES = 34;
const RATE_BITS_AT = 10;

/** The STREAMINFO block. @throws RangeError when it is too short, or nobody could play it */
function readInfo(block: Uint8Array): FlacInfo {
  if (block.length < INFO_BYTES) throw new RangeError('STREAMINFO is too short.');
  const reader = new BitReader(block, RATE_BITS_AT);
  const [rate, channels, bits] = [reader.take(20), reader.take(3) + 1, reader.take(5) + 1];
  return { rate, channels, bits, samples: reader.take(4) * 2 ** 32 + reader.take(32) };
}

const SYNC = 0x3ffe;
/** By the header's code; the first means "as STREAMINFO says" (table 18). */
const sampleBits = [0, 8, 12, undefined, 16, 20, 24, undefined];
/** Side channels have one bit more, and 32 bits hold no more. */
const MAX_BITS = 24;
const LEFT_SIDE = 8;
const SIDE_RIGHT = 9;
const MID_SIDE = 10;

/** One frame (section 9). @throws RangeError when none begins at `at`, or the bytes end inside of it */
function readFrame(bytes: Uint8Array, at: number, info: FlacInfo): FlacFrame {
  const reader = new BitReader(bytes, at);
  if (reader.take(14) !== SYNC || reader.take(1) !== 0) throw new RangeError('No frame begins here.');
  reader.take(1); // blocks of one size, or of several
  const [sizeCode, rateCode, layout, bitsCode] = [
    reader.take(4),
    reader.take(4),
    reader.take(4),
    reader.take(3),
  ];
  reader.take(1);
  skipNumber(reader);
  const length = readSize(reader, sizeCode);
  if (rateCode >= 12) reader.take(rateCode === 12 ? 8 : 16);
  const bits = sampleBits[bitsCode] === 0 ? info.bits : sampleBits[bitsCode];
  if (layout > MID_SIDE || bits === undefined || bits > MAX_BITS)
    throw new RangeError('The frame is unknown.');
  const headerEnd = reader.byte;
  if (checksum8(bytes.subarray(at, headerEnd)) !== reader.take(8))
    throw new RangeError('The header is damaged.');
  const channels = layout >= LEFT_SIDE ? 2 : layout + 1;
  const planes = Array.from({ length: channels }, (_, channel) => {
    const isSide = layout === SIDE_RIGHT ? channel === 0 : layout >= LEFT_SIDE && channel === 1;
    return readSubframe(reader, length, bits + (isSide ? 1 : 0));
  });
  unite(planes, layout);
  reader.align();
  reader.take(16); // checksum of the frame
  return { planes, bits, end: reader.byte };
}

/** A number as UTF-8 writes code points (section 9.1.5). */
function skipNumber(reader: BitReader): void {
  const first = reader.take(8);
  const more = Math.max(0, Math.clz32(~(first << 24)) - 1);
  for (let left = more; left > 0; left--) reader.take(8);
}

function readSize(reader: BitReader, code: number): number {
  if (code === 0) throw new RangeError('The frame has no size.');
  if (code === 1) return 192;
  if (code <= 5) return 144 * 2 ** code;
  if (code === 6) return reader.take(8) + 1;
  return code === 7 ? reader.take(16) + 1 : 2 ** code;
}

/** Left and right out of what stands for them (section 4.2). */
function unite(planes: readonly Int32Array[], layout: number): void {
  const [first, second] = planes;
  if (!first || !second || layout < LEFT_SIDE) return;
  for (let at = 0; at < first.length; at++) {
    const [a, b] = [first[at] ?? 0, second[at] ?? 0];
    if (layout === LEFT_SIDE) second[at] = a - b;
    else if (layout === SIDE_RIGHT) first[at] = a + b;
    else {
      const middle = a * 2 + (b & 1);
      first[at] = (middle + b) >> 1;
      second[at] = (middle - b) >> 1;
    }
  }
}

const POLYNOMIAL = 0x07;

function checksum8(bytes: Uint8Array): number {
  let sum = 0;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = ((sum << 1) ^ (sum & 0x80 ? POLYNOMIAL : 0)) & 0xff;
  }
  return sum;
}
