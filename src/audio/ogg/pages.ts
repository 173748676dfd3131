import { joinBytes } from '../../core/bytes.ts';

/** Pages of one logical Ogg stream (RFC 3533). */

const FIRST_PAGE = 2;
const LAST_PAGE = 4;
const HEADER_BYTES = 27;
const CHECKSUM_AT = 22;
const SEGMENT_BYTES = 255;
const POLYNOMIAL = 0x04c1_1db7;

export interface PageOptions {
  /** The codec's time at the end of the page's last packet. */
  readonly granule: number;
  /** Number of the page in its stream, from 0. */
  readonly sequence: number;
  readonly last?: boolean;
}

/** One page that holds `packets` whole: at most 255 segments, which are packets of up to 254 bytes or their pieces. */
export function oggPage(
  serial: number,
  packets: readonly Uint8Array[],
  { granule, sequence, last = false }: PageOptions,
): Uint8Array<ArrayBuffer> {
  const lacing = packets.flatMap(({ length }) => [
    ...new Array<number>(Math.floor(length / SEGMENT_BYTES)).fill(SEGMENT_BYTES),
    length % SEGMENT_BYTES,
  ]);
  if (lacing.length > SEGMENT_BYTES) throw new RangeError('The packets do not fit into one Ogg page.');
  const page = joinBytes([new Uint8Array(HEADER_BYTES), Uint8Array.from(lacing), ...packets]);
  const header = new DataView(page.buffer);
  page.set([0x4f, 0x67, 0x67, 0x53]); // OggS
  header.setUint8(5, (sequence === 0 ? FIRST_PAGE : 0) | (last ? LAST_PAGE : 0));
  header.setBigInt64(6, BigInt(granule), true);
  header.setUint32(14, serial, true);
  header.setUint32(18, sequence, true);
  header.setUint8(26, lacing.length);
  header.setUint32(CHECKSUM_AT, checksum(page), true);
  return page;
}

/** CRC-32 from the highest bit down, without inversions (RFC 3533, section 6). */
function checksum(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) crc = ((crc << 8) ^ (table[(crc >>> 24) ^ byte] ?? 0)) >>> 0;
  return crc;
}

const table: Uint32Array = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000_0000 ? (crc << 1) ^ POLYNOMIAL : crc << 1;
  return crc >>> 0;
});
