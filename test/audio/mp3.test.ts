import { describe, expect, test } from 'vitest';
import { createMp3Encoder, MP3_RATES, nearestMp3Rate } from '../../src/audio/mp3.ts';
import { type Channels, frameBytes } from '../../src/audio/pcm.ts';
import { HANDLES_PER_INSTANCE } from '../../src/audio/wasm/wasm-library.ts';
import { joinBytes } from '../../src/core/bytes.ts';
import { cut } from './chunks.ts';
import { wasm } from './codecs.ts';
import { buzz, render } from './signals.ts';

const lame = await wasm('mp3');
const KBPS_MPEG1 = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
const KBPS_MPEG2 = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];

function encode(rate: number, channels: Channels, bitrate: number | undefined, pcm: Uint8Array): Uint8Array {
  const encoder = createMp3Encoder({ rate, channels, bitrate }, lame);
  return joinBytes([encoder.push(pcm), encoder.end()]);
}

/** Bit rate in kbit/s that the first frame's header says (ISO 11172-3, 2.4.1.3). */
function statedBitrate(file: Uint8Array): number | undefined {
  expect(file[0]).toBe(0xff);
  const mpeg1 = ((file[1] ?? 0) & 0x18) === 0x18;
  return (mpeg1 ? KBPS_MPEG1 : KBPS_MPEG2)[(file[2] ?? 0) >> 4];
}

describe('bit rate', () => {
  const second = (rate: number) => render(rate, 1, 1, buzz(150));
  test.each([
    [44_100, undefined, 128],
    [24_000, undefined, 96],
    [16_000, undefined, 64],
    [44_100, 192, 192],
    [44_100, 320, 320],
    [44_100, 1, 32],
    [24_000, 32, 32],
    [24_000, 320, 160],
    [24_000, 100, 96],
    [8000, 128, 64],
  ])('at %i Hz, %s kbit/s asked for is %i kbit/s', (rate, asked, given) => {
    const file = encode(rate, 1, asked, second(rate));
    expect(statedBitrate(file)).toBe(given);
    const seconds = file.length / ((given * 1000) / 8);
    expect(seconds).toBeGreaterThan(1);
    expect(seconds).toBeLessThan(1.2);
  });
});

test('a file has neither ID3 nor Xing tag: its first bytes are a frame of audio', () => {
  const file = encode(44_100, 1, 128, render(44_100, 1, 1, buzz(150)));
  const text = new TextDecoder('latin1').decode(file);
  expect([...file.subarray(0, 2)]).toEqual([0xff, 0xfb]);
  expect(text).not.toMatch(/ID3|Xing|Info|TAG/);
});

describe('many streams', () => {
  const shapes = MP3_RATES.flatMap((rate) =>
    [1, 2].map((channels) => ({ rate, channels: channels as Channels })),
  );
  const pcmOf = ({ rate, channels }: (typeof shapes)[number], i: number) =>
    render(rate, channels, 0.6, buzz(90 + 10 * i));

  test('that interleave give the bytes of isolated ones, also beside abandoned ones', () => {
    expect(shapes.length).toBeGreaterThan(HANDLES_PER_INSTANCE);
    const alone = shapes.map((shape, i) => encode(shape.rate, shape.channels, undefined, pcmOf(shape, i)));
    const streams = shapes.map((shape, i) => {
      const chunks = cut(pcmOf(shape, i), [1000 * frameBytes(shape.channels)]);
      return { encoder: createMp3Encoder(shape, lame), chunks, out: [] as Uint8Array[] };
    });
    for (let turn = 0; streams.some(({ chunks }) => turn < chunks.length); turn++) {
      const abandoned = createMp3Encoder({ rate: 24_000, channels: 1 }, lame);
      abandoned.push(new Uint8Array(4000));
      for (const { encoder, chunks, out } of streams)
        out.push(encoder.push(chunks[turn] ?? new Uint8Array(0)));
      if (turn % 2 === 0) abandoned.close();
    }
    const together = streams.map(({ encoder, out }) => joinBytes([...out, encoder.end()]));
    for (const [i, file] of alone.entries())
      expect(Buffer.compare(together[i] ?? file.subarray(1), file)).toBe(0);
  });
});

test('the nearest MPEG rate is taken for one that MPEG lacks', () => {
  expect([4000, 8000, 13_000, 20_000, 24_000, 40_000, 96_000].map(nearestMp3Rate)).toEqual([
    8000, 8000, 12_000, 22_050, 24_000, 44_100, 48_000,
  ]);
  expect(() => createMp3Encoder({ rate: 20_000, channels: 1 }, lame)).toThrow(RangeError);
});
