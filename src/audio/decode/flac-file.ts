import { BitReader } from './bit-reader.ts';
import { type FlacInfo, readFrame, readInfo } from './flac-frame.ts';
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
