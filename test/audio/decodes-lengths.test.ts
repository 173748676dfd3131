import { describe, expect, test } from 'vitest';
import type { AudioFormat } from '../../src/audio/formats.ts';
import { toInt16 } from '../../src/audio/pcm.ts';
import { encodeWhole } from './codecs.ts';
import { decode, hasFfmpeg } from './ffmpeg.ts';
import { buzz, pitchOf, render } from './signals.ts';

const RATES = [16_000, 22_050, 24_000, 44_100];
const SECONDS = [0.1, 5, 60];
const HERTZ = 125;
const LIMIT_MS = 120_000;

/** A buzz that repeats each second without a seam: cheap to make for a minute. */
function speak(rate: number, seconds: number): Uint8Array {
  const second = render(rate, 1, 1, buzz(HERTZ));
  const pcm = new Uint8Array(Math.round(rate * seconds) * 2);
  for (let at = 0; at < pcm.length; at += second.length) pcm.set(second.subarray(0, pcm.length - at), at);
  return pcm;
}

const encoderDelay = { mp3: 1105, aac: 1024 };
const decoderDelay = 529;

/** The least and the most samples that a decoder may find beyond those that went in. */
function delays(format: AudioFormat, rate: number): readonly [number, number] {
  if (format === 'mp3') return [0, encoderDelay.mp3 + decoderDelay + 2 * (rate >= 32_000 ? 1152 : 576)];
  if (format === 'aac') return [encoderDelay.aac, encoderDelay.aac + 1024];
  return [0, 0];
}

function level(samples: Int16Array): number {
  return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
}

describe.skipIf(!hasFfmpeg)('ffmpeg decodes (skipped where ffmpeg is not installed)', () => {
  const formats = ['mp3', 'opus', 'aac', 'flac'] as const;
  for (const format of formats) {
    describe(format, () => {
      for (const seconds of SECONDS) {
        test.each(RATES)(
          `${seconds} s from %i Hz: without a word, as long and as loud as it was`,
          { timeout: LIMIT_MS },
          async (rate) => {
            const pcm = speak(rate, seconds);
            const file = await encodeWhole({ format, rate, channels: 1 }, pcm);
            const hint = seconds < 1 ? format : undefined; // a few frames are too few to tell MPEG's formats apart
            const { said, pcm: back } = decode(file, 'warning', hint);
            expect(said).toBe('');
            const outRate = format === 'opus' ? 48_000 : rate;
            const extra = back.length / 2 - Math.round((pcm.length / 2 / rate) * outRate);
            const [least, most] = delays(format, rate);
            expect(extra).toBeGreaterThanOrEqual(least);
            expect(extra).toBeLessThanOrEqual(most);
            if (format === 'flac') expect(Buffer.compare(back, pcm)).toBe(0);
            if (seconds < 1) return;
            const middle = toInt16(back).subarray(outRate, 4 * outRate);
            expect(Math.abs(20 * Math.log10(level(middle) / level(toInt16(pcm))))).toBeLessThan(1);
            expect(pitchOf(middle, outRate) / HERTZ).toBeCloseTo(1, 2);
          },
        );
      }
    });
  }

  test.each(SECONDS)('%f s of WAV and PCM: bit for bit', async (seconds) => {
    for (const rate of RATES) {
      const pcm = speak(rate, seconds);
      const wav = await encodeWhole({ format: 'wav', rate, channels: 1, length: pcm.length }, pcm);
      const { said, pcm: back } = decode(wav, 'warning');
      expect(said).toBe('');
      expect(Buffer.compare(back, pcm)).toBe(0);
      expect(Buffer.compare(await encodeWhole({ format: 'pcm', rate, channels: 1 }, pcm), pcm)).toBe(0);
    }
  });
});
