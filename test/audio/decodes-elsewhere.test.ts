import { describe, expect, test } from 'vitest';
import type { Channels } from '../../src/audio/pcm.ts';
import { joinBytes } from '../../src/core/bytes.ts';
import { encodeWhole } from './codecs.ts';
import { decode, hasFfmpeg } from './ffmpeg.ts';
import { buzz, render } from './signals.ts';

const DECODER_DELAY_SAMPLES = 529;
const ENCODER_DELAY_SAMPLES = 1105;
const SECONDS = 1.3;

describe.skipIf(!hasFfmpeg)('ffmpeg decodes (skipped where ffmpeg is not installed)', () => {
  const shapes = [
    [22_050, 1],
    [24_000, 2],
    [44_100, 1],
    [8000, 1],
    [48_000, 2],
  ] as const;

  test.each(shapes)('a WAV of known length at %i Hz, %i channels, without a word', async (rate, channels) => {
    const pcm = render(rate, channels, SECONDS, buzz(130));
    const { said, pcm: back } = decode(
      await encodeWhole({ format: 'wav', rate, channels, length: pcm.length }, pcm),
      'warning',
    );
    expect(said).toBe('');
    expect(back).toEqual(pcm);
  });

  // ffmpeg warns of any WAV whose sizes are 0xFFFFFFFF, its own too; what matters is that nothing is lost
  test.each(shapes)(
    'a streamed WAV at %i Hz, %i channels, whole and without an error',
    async (rate, channels) => {
      const pcm = render(rate, channels, SECONDS, buzz(130));
      const { said, pcm: back } = decode(await encodeWhole({ format: 'wav', rate, channels }, pcm), 'error');
      expect(said).toBe('');
      expect(back).toEqual(pcm);
    },
  );

  test.each(shapes)(
    'an MP3 at %i Hz, %i channels, without a word, no longer than its delays',
    async (rate, channels) => {
      const pcm = render(rate, channels, SECONDS, buzz(130));
      const { said, pcm: back } = decode(
        await encodeWhole({ format: 'mp3', rate, channels }, pcm),
        'warning',
      );
      expect(said).toBe('');
      expectLength(back, pcm, rate, channels);
    },
  );

  test('an MP3 of a rate that MPEG lacks, at the nearest one', async () => {
    const { said, pcm } = decode(
      await encodeWhole({ format: 'mp3', rate: 20_000, channels: 1 }, render(20_000, 1, SECONDS, buzz(130))),
      'warning',
    );
    expect(said).toBe('');
    expectLength(pcm, render(22_050, 1, SECONDS, buzz(130)), 22_050, 1);
  });

  test.each(shapes)('FLAC at %i Hz, %i channels, bit for bit', async (rate, channels) => {
    const pcm = render(rate, channels, SECONDS, buzz(130));
    for (const length of [undefined, pcm.length]) {
      const { said, pcm: back } = decode(
        await encodeWhole({ format: 'flac', rate, channels, length }, pcm),
        'warning',
      );
      expect(said).toBe('');
      expect(Buffer.compare(back, pcm)).toBe(0);
    }
  });

  test.each(shapes)('Opus at %i Hz, %i channels, to the sample', async (rate, channels) => {
    const pcm = render(rate, channels, SECONDS, buzz(130));
    const { said, pcm: back } = decode(await encodeWhole({ format: 'opus', rate, channels }, pcm), 'warning');
    expect(said).toBe('');
    expect(back.length).toBe(Math.round(SECONDS * 48_000) * 2 * channels);
  });

  test.each(shapes)('AAC at %i Hz, %i channels, no longer than its delays', async (rate, channels) => {
    const pcm = render(rate, channels, SECONDS, buzz(130));
    const { said, pcm: back } = decode(await encodeWhole({ format: 'aac', rate, channels }, pcm), 'warning');
    expect(said).toBe('');
    const extra = (back.length - pcm.length) / 2 / channels;
    expect(extra).toBeGreaterThanOrEqual(1024);
    expect(extra).toBeLessThanOrEqual(2048);
  });

  test.each([
    ['opus', 48_000],
    ['aac', 22_050],
    ['flac', 20_000],
  ] as const)('%s of a rate that few containers know, at %i Hz', async (format, outRate) => {
    const pcm = render(20_000, 1, SECONDS, buzz(130));
    const { said, pcm: back } = decode(
      await encodeWhole({ format, rate: 20_000, channels: 1 }, pcm),
      'warning',
    );
    expect(said).toBe('');
    const extra = back.length / 2 - SECONDS * outRate;
    expect(extra).toBeGreaterThanOrEqual(0);
    expect(extra).toBeLessThanOrEqual(format === 'aac' ? 2048 : 0);
  });

  test('ten MP3 files joined end to end, as one', async () => {
    const files: Uint8Array[] = [];
    for (let i = 0; i < 10; i++) {
      files.push(
        await encodeWhole(
          { format: 'mp3', rate: 24_000, channels: 1 },
          render(24_000, 1, 0.4 + i / 20, buzz(100 + i)),
        ),
      );
    }
    const { said, pcm } = decode(joinBytes(files), 'warning');
    const apart = files.map((file) => decode(file, 'warning').pcm.length);
    expect(said).toBe('');
    expect(pcm.length).toBe(apart.reduce((sum, length) => sum + length, 0));
  });
});

/** Not shorter than what went in, and longer by no more than both delays and the padding of the last frames. */
function expectLength(decoded: Uint8Array, pcm: Uint8Array, rate: number, channels: Channels): void {
  const extra = (decoded.length - pcm.length) / 2 / channels;
  const frame = rate >= 32_000 ? 1152 : 576;
  expect(extra).toBeGreaterThanOrEqual(0);
  expect(extra).toBeLessThanOrEqual(DECODER_DELAY_SAMPLES + ENCODER_DELAY_SAMPLES + 2 * frame);
}
