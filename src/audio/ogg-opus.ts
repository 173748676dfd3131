import { joinBytes } from '../core/bytes.ts';
import type { Channels } from './pcm.ts';

/** Opus packets in Ogg (RFC 7845). */

/** Opus counts time in samples at this rate, whatever rate went in (RFC 7845, section 4). */
export const OPUS_CLOCK = 48_000;

const HEAD_BYTES = 19;
const VENDOR = 'fish-edge';
/** The pages of OpusHead and OpusTags. */
const HEAD_PAGES = 2;
/** 100 ms in a page: fewer bytes for headers than one each, and soon enough for a player. */
const PACKETS_PER_PAGE = 5;

export interface OpusStream {
  /** Tells this stream from others that it is chained with: 32 bits. */
  readonly serial: number;
  readonly channels: Channels;
  /** Samples at OPUS_CLOCK that a decoder leaves out at the start. */
  readonly preSkip: number;
  /** What the encoder was fed, in Hz: players are told, and none needs it. */
  readonly inputRate: number;
}

/** The two pages before any audio. */
export function opusHead({ serial, channels, preSkip, inputRate }: OpusStream): Uint8Array {
  const head = new DataView(new ArrayBuffer(HEAD_BYTES));
  const ascii = new TextEncoder();
  new Uint8Array(head.buffer).set(ascii.encode('OpusHead'));
  head.setUint8(8, 1);
  head.setUint8(9, channels);
  head.setUint16(10, preSkip, true);
  head.setUint32(12, inputRate, true);
  const vendor = ascii.encode(VENDOR);
  const length = new Uint8Array([vendor.length, 0, 0, 0]);
  const noComments = new Uint8Array(4);
  const tags = joinBytes([ascii.encode('OpusTags'), length, vendor, noComments]);
  return joinBytes([
    oggPage(serial, [new Uint8Array(head.buffer)], { granule: 0, sequence: 0 }),
    oggPage(serial, [tags], { granule: 0, sequence: 1 }),
  ]);
}

/**
 * Puts packets on pages: the first one alone, so that playing can begin, then PACKETS_PER_PAGE on each. One packet is kept
 * back, so that the last page can say where the sound ends: then the decoded length is exact.
 */
export class OpusPages {
  readonly #serial: number;
  readonly #preSkip: number;
  #waiting: Uint8Array[] = [];
  #sequence = HEAD_PAGES;
  #granule = 0;

  constructor({ serial, preSkip }: OpusStream) {
    this.#serial = serial;
    this.#preSkip = preSkip;
  }

  /** @param samples what `packet` holds, at OPUS_CLOCK; @returns a page when one is full */
  add(packet: Uint8Array, samples: number): Uint8Array {
    const room = this.#sequence === HEAD_PAGES ? 1 : PACKETS_PER_PAGE;
    const full = this.#waiting.length === room ? this.#page(this.#granule) : new Uint8Array(0);
    this.#waiting.push(packet);
    this.#granule += samples;
    return full;
  }

  /** @param samples the length of the sound at OPUS_CLOCK; @returns the last page */
  end(samples: number): Uint8Array {
    return this.#page(Math.min(this.#granule, this.#preSkip + samples), true);
  }

  #page(granule: number, last = false): Uint8Array {
    const page = oggPage(this.#serial, this.#waiting, { granule, sequence: this.#sequence, last });
    this.#sequence += 1;
    this.#waiting = [];
    return page;
  }
}

/* Pages of one logical Ogg stream (RFC 3533). */

const FIRST_PAGE = 2;
const LAST_PAGE = 4;
const HEADER_BYTES = 27;
const CHECKSUM_AT = 22;
const SEGMENT_BYTES = 255;
const POLYNOMIAL = 0x04c1_1db7;

interface PageOptions {
  /** The codec's time at the end of the page's last packet. */
  readonly granule: number;
  /** Number of the page in its stream, from 0. */
  readonly sequence: number;
  readonly last?: boolean;
}

/** One page that holds `packets` whole: at most 255 segments, which are packets of up to 254 bytes or their pieces. */
function oggPage(
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
