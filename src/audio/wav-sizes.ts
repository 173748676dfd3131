import { WAV_HEADER_BYTES } from './wav.ts';

const RIFF = 0x5249_4646;
const UNKNOWN_SIZE = 0xffff_ffff;
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
