import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createFader, createTrimmer, pauseBytes } from '../../src/audio/dsp/silence.ts';
import { type Channels, frameBytes, toInt16 } from '../../src/audio/pcm.ts';
import { joinBytes } from '../../src/core/bytes.ts';
import { chunkLengths, cut } from './chunks.ts';
import { render, sine } from './signals.ts';

const RATE = 16_000;
const ms = (frames: number): number => (frames / RATE) * 1000;

function trim(pcm: Uint8Array, channels: Channels = 1, lengths: readonly number[] = [4096]): Int16Array {
  const trimmer = createTrimmer(RATE, channels);
  const parts = cut(pcm, lengths).map((chunk) => trimmer.push(chunk).slice());
  return toInt16(joinBytes([...parts, trimmer.end()]));
}

/** Silence with a little noise in it, below -60 dBFS, as engines make it. */
const silence = (seconds: number, channels: Channels = 1): Uint8Array =>
  render(RATE, channels, seconds, (t) => 0.0009 * Math.sin(2 * Math.PI * 977 * t));
const tone = (seconds: number, channels: Channels = 1): Uint8Array =>
  render(RATE, channels, seconds, sine(440));

const framesOf = (pcm: Uint8Array): number => pcm.length / frameBytes(1);

describe('silence at the ends', () => {
  test('is cut down to 10 ms', () => {
    const out = trim(joinBytes([silence(0.4), tone(0.5), silence(0.7)]));
    expect(ms(out.length)).toBeGreaterThan(518);
    expect(ms(out.length)).toBeLessThan(522);
  });

  test('that is shorter is kept as it is', () => {
    const out = trim(joinBytes([silence(0.005), tone(0.5), silence(0.005)]));
    expect(ms(out.length)).toBe(510);
  });

  test('leaves the sound as it was', () => {
    const sound = tone(0.5);
    const out = trim(joinBytes([silence(0.4), sound, silence(0.7)]));
    const expected = toInt16(sound);
    const at = Math.round(RATE * 0.01) - 1; // the sine's first sample is silent
    expect(out.subarray(at, at + expected.length)).toEqual(expected);
  });

  test('of a second channel that speaks alone is no silence', () => {
    const samples = toInt16(joinBytes([silence(0.2, 2), tone(0.3, 2), silence(0.2, 2)])).slice();
    for (let i = 0; i < samples.length; i += 2) samples[i] = 0;
    const out = trim(new Uint8Array(samples.buffer), 2);
    expect(ms(out.length / 2)).toBeGreaterThan(318);
    expect(ms(out.length / 2)).toBeLessThan(322);
  });

  test('a decaying end counts as sound until -54 dBFS, a beginning only from -50 dBFS', () => {
    const faint = render(RATE, 1, 0.3, (t) => 0.0025 * Math.sign(Math.sin(2 * Math.PI * 200 * t))); // -52 dBFS
    expect(ms(trim(joinBytes([tone(0.2), faint, silence(0.5)])).length)).toBeGreaterThan(505);
    expect(ms(trim(joinBytes([faint, tone(0.2)])).length)).toBeLessThan(215);
  });
});

describe('silence inside a piece', () => {
  test('stays', () => {
    const pcm = joinBytes([tone(0.2), silence(0.8), tone(0.2)]);
    expect(trim(pcm).length).toBe(framesOf(pcm));
  });

  test('is never longer than 2 s', () => {
    const out = trim(joinBytes([tone(0.2), silence(9), tone(0.2)]));
    expect(ms(out.length)).toBeGreaterThan(2395);
    expect(ms(out.length)).toBeLessThan(2405);
  });
});

describe('a piece without sound', () => {
  test('becomes 10 ms of silence', () => {
    expect(ms(trim(silence(3)).length)).toBe(10);
  });
  test('stays empty when it is', () => {
    expect(trim(new Uint8Array(0))).toHaveLength(0);
    expect(trim(new Uint8Array(1))).toHaveLength(0);
  });
});

describe('fades', () => {
  const loud = (seconds: number): Uint8Array => render(RATE, 1, seconds, () => 0.5);

  test('take 5 ms at each end and touch nothing between', () => {
    const out = trim(loud(0.1));
    const fade = RATE * 0.005;
    const level = out[RATE * 0.05] ?? 0;
    expect(out[0]).toBe(0);
    expect(out.at(-1)).toBe(0);
    expect(out[fade / 2]).toBe(level / 2);
    for (const [i, sample] of out.entries()) {
      if (i >= fade && i < out.length - fade) expect(sample).toBe(level);
      else expect(Math.abs(sample)).toBeLessThan(level);
    }
  });

  test('of both ends meet in a piece shorter than one fade', () => {
    const out = trim(loud(0.004));
    expect(ms(out.length)).toBe(4);
    expect(out[0]).toBe(0);
    expect(out.at(-1)).toBe(0);
  });

  test('hold back 5 ms of sound and no more', () => {
    const trimmer = createTrimmer(RATE, 1);
    const sound = loud(0.1);
    expect(sound.length - trimmer.push(sound).length).toBe(RATE * 0.005 * frameBytes(1));
  });
});

test('fades without trimming leave silence where it is, and the length', () => {
  const pcm = joinBytes([silence(0.4), render(RATE, 1, 0.1, () => 0.5)]);
  for (const lengths of [[4096], [3, 7, 1]]) {
    const fader = createFader(RATE, 1);
    const parts = cut(pcm, lengths).map((chunk) => fader.push(chunk).slice());
    const out = toInt16(joinBytes([...parts, fader.end()]));
    expect(out.length).toBe(framesOf(pcm));
    expect(out.at(-1)).toBe(0);
    expect(out.at(-RATE * 0.005 - 1)).toBe(Math.round(0.5 * 32_767));
  }
});

describe('however the bytes are cut', () => {
  const level = fc.constantFrom(0, 0.0005, 0.0025, 0.004, 0.3);
  const stretch = fc.record({ level, frames: fc.integer({ min: 1, max: 900 }) });
  /** Long enough to be seen through a fade of 80 frames. */
  const longStretch = fc.record({ level, frames: fc.integer({ min: 100, max: 900 }) });

  test('the same bytes come out, in whole frames', () => {
    fc.assert(
      fc.property(
        fc.array(stretch, { maxLength: 12 }),
        fc.constantFrom<Channels>(1, 2),
        chunkLengths,
        fc.integer({ min: 0, max: 3 }),
        (stretches, channels, lengths, extraBytes) => {
          const parts = stretches.map(({ level: top, frames }) =>
            render(RATE, channels, frames / RATE, (t) => top * Math.cos(2 * Math.PI * 1300 * t)),
          );
          const pcm = joinBytes([...parts, new Uint8Array(extraBytes)]);
          const whole = trim(pcm, channels, [pcm.length + 1]);
          expect(trim(pcm, channels, lengths)).toEqual(whole);
          expect(whole.length % channels).toBe(0);
        },
      ),
    );
  });

  test('nothing is added, and at most 10 ms of silence is left at the ends', () => {
    fc.assert(
      fc.property(fc.array(longStretch, { maxLength: 12 }), chunkLengths, (stretches, lengths) => {
        const pcm = joinBytes(
          stretches.map(({ level: top, frames }) => render(RATE, 1, frames / RATE, () => top)),
        );
        const out = trim(pcm, 1, lengths);
        expect(out.length).toBeLessThanOrEqual(framesOf(pcm));
        const heard = stretches.some(({ level: top }) => top >= 0.004);
        if (!heard) {
          expect(ms(out.length)).toBeLessThanOrEqual(10);
          return;
        }
        const isSound = (sample: number): boolean => sample > 83; // a level of 0.0025, which may last but not begin
        expect(ms(out.findIndex(isSound))).toBeLessThanOrEqual(15);
        expect(ms(out.length - 1 - out.findLastIndex((sample) => sample > 40))).toBeLessThanOrEqual(15);
      }),
    );
  });

  test('silence is not gathered without bound', () => {
    const trimmer = createTrimmer(RATE, 1);
    trimmer.push(tone(0.1));
    for (let i = 0; i < 600; i++) expect(trimmer.push(silence(0.1)).length).toBeLessThan(1000);
    expect(framesOf(trimmer.push(tone(0.1)))).toBeLessThan(RATE * 2.2);
  });
});

describe('pauses', () => {
  test.each([
    ['none', 0],
    ['clause', 120],
    ['sentence', 250],
    ['paragraph', 500],
  ] as const)('%s: %i ms of silence in whole frames', (kind, length) => {
    const pause = pauseBytes(kind, 22_050, 2);
    expect(pause.length).toBe(Math.round(22.05 * length) * 4);
    expect(pause.every((byte) => byte === 0)).toBe(true);
  });

  test('are as fast as the speech', () => {
    expect(pauseBytes('sentence', RATE, 1, 2).length).toBe(RATE * 0.125 * 2);
  });
});

test('a trimmer that has ended takes nothing more', () => {
  const trimmer = createTrimmer(RATE, 1);
  trimmer.push(tone(0.1));
  trimmer.end();
  expect(trimmer.end()).toHaveLength(0);
  expect(() => trimmer.push(tone(0.1))).toThrow('ended');
  expect(() => createTrimmer(0, 1)).toThrow(RangeError);
});
