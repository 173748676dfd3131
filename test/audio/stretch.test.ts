import { describe, expect, test } from 'vitest';
import { createStretcher } from '../../src/audio/dsp/stretch.ts';
import { type Channels, frameBytes, toInt16 } from '../../src/audio/pcm.ts';
import { runChunks } from './chunks.ts';
import { wasm } from './codecs.ts';
import { buzz, pitchOf, render, sine } from './signals.ts';

const sonic = await wasm('stretch');
const speeds = [0.25, 0.5, 0.8, 0.95, 1.05, 1.25, 1.5, 2, 3, 4];
const voices = { 'a sine of 220 Hz': [220, sine(220)], 'a buzz of 120 Hz': [120, buzz(120)] } as const;

function speak(rate: number, channels: Channels, speed: number, pcm: Uint8Array): Int16Array {
  return toInt16(runChunks(createStretcher(rate, channels, speed, sonic), [pcm], frameBytes(channels)));
}

describe('speed', () => {
  for (const [name, [hertz, wave]] of Object.entries(voices)) {
    test.each(speeds)(`${name} at %f keeps its pitch within 2 % and its duration within 3 %`, (speed) => {
      for (const rate of [22_050, 44_100]) {
        const out = speak(rate, 1, speed, render(rate, 1, 2, wave));
        expect(Math.abs(out.length / rate / (2 / speed) - 1)).toBeLessThan(0.03);
        expect(Math.abs(pitchOf(out, rate) / hertz - 1)).toBeLessThan(0.02);
      }
    });
  }

  test('the pitch meter itself tells 2 % apart', () => {
    expect(pitchOf(toInt16(render(22_050, 1, 1, buzz(120))), 22_050) / 120).toBeCloseTo(1, 2);
    expect(pitchOf(toInt16(render(22_050, 1, 1, buzz(123))), 22_050) / 120).toBeGreaterThan(1.02);
  });

  test('short pieces have their duration too: nothing is cut off the end', () => {
    for (const seconds of [0.05, 0.1, 0.3]) {
      for (const speed of [0.25, 0.5, 1.5, 2, 4]) {
        const out = speak(24_000, 1, speed, render(24_000, 1, seconds, buzz(120)));
        expect(Math.abs(out.length / 24_000 / (seconds / speed) - 1)).toBeLessThan(0.03);
      }
    }
  });

  test('silence stays silence, and noise does not hang it', () => {
    expect(speak(24_000, 1, 1.5, new Uint8Array(48_000)).every((sample) => sample === 0)).toBe(true);
    const noise = new Uint8Array(96_000).map((_, i) => (i * i * 31 + i * 7) >> 3);
    expect(Math.abs(speak(24_000, 1, 0.5, noise).length / 96_000 - 1)).toBeLessThan(0.03);
  });

  test('both channels keep step', () => {
    const out = speak(24_000, 2, 1.5, render(24_000, 2, 1, buzz(120)));
    for (let i = 0; i < out.length; i += 2)
      expect(Math.abs((out[i] ?? 0) / 2 - (out[i + 1] ?? 0))).toBeLessThan(3);
  });

  test('a speed of 1 passes the bytes on', () => {
    const pcm = render(24_000, 1, 0.1, sine(300));
    expect(runChunks(createStretcher(24_000, 1, 1, sonic), [pcm], 2)).toEqual(pcm);
  });

  test('a speed beyond the bounds is refused', () => {
    for (const speed of [0, 0.24, 4.01, -1, Number.NaN, Infinity]) {
      expect(() => createStretcher(24_000, 1, speed, sonic)).toThrow(RangeError);
    }
  });
});
