import { describe, expect, test } from 'vitest';
import { createOpusEncoder, OPUS_RATES, opusRateFor } from '../../src/audio/opus.ts';
import { type Channels, frameBytes } from '../../src/audio/pcm.ts';
import { joinBytes } from '../../src/core/bytes.ts';
import { wasm } from './codecs.ts';
import { type Page, readPages } from './ogg-pages.ts';
import { buzz, render } from './signals.ts';

const libopus = await wasm('opus');

function encode(rate: number, channels: Channels, pcm: Uint8Array, bitrate?: number): Uint8Array {
  const encoder = createOpusEncoder({ rate, channels, bitrate, serial: 9 }, libopus);
  return joinBytes([encoder.head() ?? new Uint8Array(0), encoder.push(pcm), encoder.end()]);
}

const ascii = (bytes: Uint8Array | undefined, to: number): string =>
  new TextDecoder('latin1').decode(bytes?.subarray(0, to));
const headOf = (pages: readonly Page[]): DataView =>
  new DataView((pages[0]?.packets[0] ?? new Uint8Array(19)).slice().buffer);

describe('the pages of an Ogg stream', () => {
  const pages = readPages(encode(24_000, 1, render(24_000, 1, 1, buzz(120))));

  test('have right checksums, one serial and rising numbers', () => {
    expect(pages.every(({ sumIsRight }) => sumIsRight)).toBe(true);
    expect(pages.every(({ serial }) => serial === 9)).toBe(true);
    expect(pages.map(({ sequence }) => sequence)).toEqual(pages.map((_, i) => i));
  });

  test('begin with both heads on pages of their own, and end with the only last one', () => {
    expect(ascii(pages[0]?.packets[0], 8)).toBe('OpusHead');
    expect(ascii(pages[1]?.packets[0], 8)).toBe('OpusTags');
    expect(pages.map(({ first }) => first)).toEqual(pages.map((_, i) => i === 0));
    expect(pages.map(({ last }) => last)).toEqual(pages.map((_, i) => i === pages.length - 1));
  });

  test('carry one packet first, so that playing can begin, then five', () => {
    const [, , first, ...others] = pages.map(({ packets }) => packets.length);
    expect(first).toBe(1);
    expect(others.slice(0, -1).every((count) => count === 5)).toBe(true);
  });
});

describe('time', () => {
  const shapes = OPUS_RATES.flatMap((rate) => ([1, 2] as const).map((channels) => [rate, channels] as const));

  test.each(shapes)('at %i Hz, %i channels, ends where the sound ends', (rate, channels) => {
    for (const frames of [1, rate / 50, rate / 50 + 1, Math.round(rate * 0.777)]) {
      const pages = readPages(encode(rate, channels, new Uint8Array(frames * frameBytes(channels)).fill(3)));
      const head = headOf(pages);
      const preSkip = head.getUint16(10, true);
      expect(head.getUint8(9)).toBe(channels);
      expect(head.getUint32(12, true)).toBe(rate);
      expect(pages.at(-1)?.granule).toBe(preSkip + (frames * 48_000) / rate);
      const packets = pages.slice(2).reduce((sum, page) => sum + page.packets.length, 0);
      expect(packets * 960).toBeGreaterThanOrEqual(pages.at(-1)?.granule ?? Infinity);
    }
  });

  test('the first audio comes after two packets of 20 ms', () => {
    const encoder = createOpusEncoder({ rate: 24_000, channels: 1 }, libopus);
    expect(encoder.push(new Uint8Array(2 * 959)).length).toBe(0);
    expect(encoder.push(new Uint8Array(2)).length).toBeGreaterThan(0);
    encoder.close();
  });
});

describe('bit rate', () => {
  test.each([
    [undefined, 32],
    [16, 16],
    [64, 64],
    [1, 6],
    [9999, 510],
  ])('%s kbit/s asked for is about %i kbit/s', (asked, given) => {
    const kbps = (encode(48_000, 1, render(48_000, 1, 3, buzz(150)), asked).length * 8) / 3 / 1000;
    expect(kbps / given).toBeGreaterThan(0.5);
    expect(kbps / given).toBeLessThan(1.4);
  });
});

test('two streams of the same PCM differ in their serial only, so that they can be chained', () => {
  const pcm = render(24_000, 1, 0.2, buzz(150));
  const serials = [0, 1].map(() => {
    const encoder = createOpusEncoder({ rate: 24_000, channels: 1 }, libopus);
    const file = joinBytes([encoder.head() ?? new Uint8Array(0), encoder.push(pcm), encoder.end()]);
    return readPages(file)[0]?.serial;
  });
  expect(serials[0]).not.toBe(serials[1]);
});

test('a rate that Opus lacks is refused; the next one that carries all of it is known', () => {
  expect(() => createOpusEncoder({ rate: 22_050, channels: 1 }, libopus)).toThrow(RangeError);
  expect([4000, 8000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000, 96_000].map(opusRateFor)).toEqual([
    8000, 8000, 12_000, 16_000, 24_000, 48_000, 48_000, 48_000, 48_000,
  ]);
});
