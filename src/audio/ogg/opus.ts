import { joinBytes } from '../../core/bytes.ts';
import type { Channels } from '../pcm.ts';
import { oggPage } from './pages.ts';

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
