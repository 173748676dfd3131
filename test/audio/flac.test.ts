import { describe, expect, test } from 'vitest';
import { openFlac } from '../../src/audio/decode/flac-file.ts';
import { createFlacEncoder } from '../../src/audio/flac/encoder.ts';
import { type Channels, fromInt16 } from '../../src/audio/pcm.ts';
import { joinBytes } from '../../src/core/bytes.ts';
import { decode, hasFfmpeg } from './ffmpeg.ts';
import { buzz, render } from './signals.ts';

const RATE = 24_000;
const BLOCK = 1152;

function encode(pcm: Uint8Array, rate = RATE, channels: Channels = 1, dataBytes?: number): Uint8Array {
  const encoder = createFlacEncoder({ rate, channels, dataBytes });
  return joinBytes([encoder.head() ?? new Uint8Array(0), encoder.push(pcm), encoder.end()]);
}

function pcmOf(frames: number, sample: (i: number) => number): Uint8Array {
  return fromInt16(Int16Array.from({ length: frames }, (_, i) => sample(i)));
}

let seed = 7;
const noise = (): number => {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
  return (seed >>> 16) - 32_768;
};

const signals: Record<string, Uint8Array> = {
  silence: pcmOf(3000, () => 0),
  'a constant': pcmOf(3000, () => -32_768),
  'noise at full scale': pcmOf(5000, noise),
  'noise of one bit': pcmOf(5000, () => noise() & 1),
  'the steepest square wave': pcmOf(5000, (i) => (i % 2 === 0 ? 32_767 : -32_768)),
  'clicks in silence': pcmOf(5000, (i) => (i % 701 === 0 ? -32_768 : 0)),
  'a ramp that wraps': pcmOf(9000, (i) => ((i * 37) % 65_536) - 32_768),
  'a parabola, which one filter predicts without fault': pcmOf(2304, (i) => ((i * i) >> 6) - 32_768),
  speech: render(RATE, 1, 0.4, buzz(110)),
  'a jump from silence to noise inside a block': pcmOf(BLOCK * 2, (i) => (i < 1700 ? 0 : noise())),
};

describe.skipIf(!hasFfmpeg)('FLAC comes back bit for bit (skipped where ffmpeg is not installed)', () => {
  test.each(Object.entries(signals))('%s', (_, pcm) => {
    for (const channels of [1, 2] as const) {
      const { said, pcm: back } = decode(encode(pcm, RATE, channels), 'warning', 'flac');
      expect(said).toBe('');
      expect(Buffer.compare(back, pcm)).toBe(0);
    }
  });

  test.each([1, 2, 3, 4, 5, 8, 9, 31, 32, 33, 100, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK + 16])(
    '%i frames',
    (frames) => {
      const pcm = pcmOf(frames, noise);
      expect(Buffer.compare(decode(encode(pcm), 'error', 'flac').pcm, pcm)).toBe(0);
    },
  );

  test.each([4000, 8000, 11_025, 22_050, 44_101, 65_535, 65_537, 96_000, 192_000])('%i Hz', (rate) => {
    const pcm = pcmOf(3000, (i) => 9000 * Math.sin(i / 9));
    const { said, pcm: back } = decode(encode(pcm, rate), 'warning', 'flac');
    expect(said).toBe('');
    expect(Buffer.compare(back, pcm)).toBe(0);
  });

  test('more frames than one byte, or two, can number', () => {
    const pcm = pcmOf(BLOCK * 2100, (i) => i & 3);
    const { said, pcm: back } = decode(encode(pcm, 48_000), 'warning');
    expect(said).toBe('');
    expect(Buffer.compare(back, pcm)).toBe(0);
  });
});

describe('FLAC comes back bit for bit from the decoder of recordings', () => {
  test.each(Object.entries(signals))('%s', (_, pcm) => {
    const samples = [...openFlac(encode(pcm)).frames()].map((frame) => fromInt16(frame));
    expect(Buffer.compare(joinBytes(samples), pcm)).toBe(0);
  });
});

describe('the size of FLAC', () => {
  test('of speech is less than its PCM, of silence next to nothing, of noise hardly more than its PCM', () => {
    const share = (name: string): number => {
      const pcm = signals[name] ?? new Uint8Array(0);
      return encode(pcm).length / pcm.length;
    };
    expect(share('speech')).toBeLessThan(0.6);
    expect(share('silence')).toBeLessThan(0.02);
    expect(share('noise at full scale')).toBeLessThan(1.02);
  });
});

describe('STREAMINFO', () => {
  const totalFrames = (file: Uint8Array): bigint =>
    new DataView(file.buffer).getBigUint64(18) & (2n ** 36n - 1n);

  test('says the length where it is known, and 0 where not', () => {
    const pcm = pcmOf(5000, noise);
    expect(totalFrames(encode(pcm, RATE, 2, pcm.length))).toBe(2500n);
    expect(totalFrames(encode(pcm, RATE, 2))).toBe(0n);
  });
});
