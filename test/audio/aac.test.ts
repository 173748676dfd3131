import { describe, expect, test } from 'vitest';
import { AAC_RATES, createAacEncoder, nearestAacRate } from '../../src/audio/aac.ts';
import { type Channels, frameBytes } from '../../src/audio/pcm.ts';
import { joinBytes } from '../../src/core/bytes.ts';
import { wasm } from './codecs.ts';
import { buzz, render } from './signals.ts';

const ffmpeg = await wasm('aac');

function encode(rate: number, channels: Channels, pcm: Uint8Array, bitrate?: number): Uint8Array {
  const encoder = createAacEncoder({ rate, channels, bitrate }, ffmpeg);
  return joinBytes([encoder.push(pcm), encoder.end()]);
}

interface Block {
  readonly rate: number | undefined;
  readonly channels: number;
  readonly profile: number;
}

/** The blocks of an ADTS file, by their headers alone (ISO 14496-3, 1.A.2.2). */
function readBlocks(file: Uint8Array): Block[] {
  const blocks: Block[] = [];
  for (let at = 0; at < file.length; ) {
    const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = file.subarray(at, at + 7);
    expect([a, b]).toEqual([0xff, 0xf1]);
    blocks.push({ rate: AAC_RATES[(c >> 2) & 15], channels: ((c & 1) << 2) | (d >> 6), profile: c >> 6 });
    at += ((d & 3) << 11) | (e << 3) | (f >> 5);
    expect(at).toBeLessThanOrEqual(file.length);
  }
  return blocks;
}

describe('ADTS', () => {
  const shapes = AAC_RATES.flatMap((rate) => ([1, 2] as const).map((channels) => [rate, channels] as const));

  test.each(shapes)('at %i Hz, %i channels: every block says what it is and how long', (rate, channels) => {
    const frames = Math.round(rate * 0.3);
    const blocks = readBlocks(encode(rate, channels, render(rate, channels, 0.3, buzz(140))));
    expect(blocks.length).toBe(Math.ceil(frames / 1024) + 1); // the encoder's delay is one more
    for (const block of blocks) expect(block).toEqual({ rate, channels, profile: 1 });
  });

  test('the first block comes after 2048 samples', () => {
    const encoder = createAacEncoder({ rate: 24_000, channels: 1 }, ffmpeg);
    expect(encoder.push(new Uint8Array(2 * 2047)).length).toBe(0);
    expect(encoder.push(new Uint8Array(2)).length).toBeGreaterThan(0);
    encoder.close();
  });
});

describe('bit rate', () => {
  test.each([
    [44_100, 1, undefined, 96],
    [24_000, 1, undefined, 64],
    [24_000, 2, undefined, 128],
    [8000, 1, undefined, 48],
    [44_100, 1, 128, 128],
    [24_000, 1, 32, 32],
    [24_000, 1, 1, 16],
    [48_000, 2, 9999, 320],
    [8000, 1, 320, 48],
  ] as const)('at %i Hz, %i channels, %s kbit/s asked for is about %i', (rate, channels, asked, given) => {
    const seconds = 3;
    const noise = render(rate, channels, seconds, (t) => 0.6 * Math.sin(t * t * 9e6));
    const kbps = (encode(rate, channels, noise, asked).length * 8) / seconds / 1000;
    expect(kbps / given).toBeGreaterThan(0.7);
    expect(kbps / given).toBeLessThan(1.25);
  });
});

test('the nearest AAC rate is taken for one that AAC lacks', () => {
  expect([4000, 8000, 20_000, 40_000, 44_101, 192_000].map(nearestAacRate)).toEqual([
    7350, 8000, 22_050, 44_100, 44_100, 96_000,
  ]);
  expect(() => createAacEncoder({ rate: 20_000, channels: 1 }, ffmpeg)).toThrow(RangeError);
});

test('PCM beyond full scale in every sample does not upset it', () => {
  const frames = 5000;
  const pcm = new Uint8Array(frames * frameBytes(1)).map((_, i) =>
    i % 2 === 0 ? 0 : (i >> 1) % 2 ? 0x80 : 0x7f,
  );
  expect(readBlocks(encode(24_000, 1, pcm)).length).toBe(6);
});
