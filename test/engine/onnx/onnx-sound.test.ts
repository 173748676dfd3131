import { beforeAll, describe, expect, test } from 'vitest';
import { median } from '../../../bench/statistics.ts';
import { engineOf, type Said, samplesOf, speak } from '../../../bench/voices/engine.ts';
import { bounds, pauseBetween, pitchJump, pitchOf, stepNear } from '../../../bench/voices/sound.ts';
import { dataFolder } from '../../../src/adapters/local/packs.ts';
import { loudnessOf } from '../../../src/audio/dsp/loudness.ts';
import { joe, kokoro, missing } from './onnx-support.ts';

/** Sentences of all lengths, a clause mark in one that is too long for a piece, and a new paragraph. */
const text = [
  'The storm passed before dawn, and the harbor was quiet. Fishermen walked down to the water. Was it over?',
  'They checked their boats one by one, mended the nets that the wind had torn during the night, carried the broken crates up to the road, and by nine o’clock the sun was out.',
  'Children ran along the pier! Their parents opened the shops.',
].join('\n\n');

/** Kokoro takes minutes: `npm run test:roundtrip` measures it too. */
const voices =
  process.env.FISH_ROUNDTRIP === 'all'
    ? [
        [joe, joe],
        ['af_heart', kokoro],
      ]
    : [[joe, joe]];

describe.each(voices)('how %s sounds', (voice = '', pack = '') => {
  const skipped = missing(pack);
  const named = (name: string): string => `${name}${skipped ? ` (${skipped})` : ''}`;
  let said: Said;
  let samples: Float64Array;
  let joins: { before: Said['segments'][number]; after: Said['segments'][number] }[];

  beforeAll(async () => {
    if (skipped) return;
    const engine = engineOf({ dataDir: dataFolder(), voice, inference: 'wasm', threads: 1 });
    said = await speak(engine, text, voice);
    await engine.close?.();
    samples = samplesOf(said);
    joins = said.segments.slice(1).map((after, at) => ({ before: said.segments[at] ?? after, after }));
  }, 600_000);

  test.skipIf(skipped)(named('is cut at the ends of sentences and at clause marks only'), () => {
    expect(said.segments.length).toBeGreaterThan(5);
    for (const { text: spoken } of said.segments) expect(spoken.trim()).toMatch(/[.!?,;:]$/);
  });

  test.skipIf(skipped)(named('is as loud in one piece as in another'), () => {
    const levels = said.segments
      .map(({ start, end }) => loudnessOf(samples.subarray(start, end), said.rate))
      .filter(Number.isFinite);
    expect(Math.max(...levels) - Math.min(...levels)).toBeLessThan(bounds.loudnessSpread);
  });

  test.skipIf(skipped)(named('has no click at a join, no offset, and nothing cut off'), () => {
    for (const { before, after } of joins) {
      expect(stepNear(samples, before.end, said.rate)).toBeLessThan(bounds.step);
      expect(stepNear(samples, after.start, said.rate)).toBeLessThan(bounds.step);
    }
    expect(Math.abs(samples.reduce((sum, sample) => sum + sample, 0) / samples.length)).toBeLessThan(0.002);
    expect(samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0)).toBeLessThan(0.9);
  });

  test.skipIf(skipped)(named('pauses as long as the text asks for'), () => {
    for (const { before, after } of joins) {
      const asked =
        after.start - before.end > 0.4 * said.rate ? 500 : /[.!?]$/.test(before.text.trim()) ? 250 : 120;
      const ms = pauseBetween(samples, before, after, said.rate);
      expect(ms, before.text).toBeGreaterThan(asked - bounds.pause.less);
      expect(ms, before.text).toBeLessThan(asked + bounds.pause.more);
    }
    const paragraphs = joins.filter(({ before, after }) => after.start - before.end > 0.4 * said.rate);
    expect(paragraphs).toHaveLength(2);
  });

  test.skipIf(skipped)(named('does not jump in pitch where it is joined by more than a speaker does'), () => {
    const jumps = joins
      .map(({ before, after }) => pitchJump(samples, before, after, said.rate))
      .filter((jump) => jump !== undefined);
    expect(jumps.length).toBeGreaterThan(joins.length / 2);
    expect(median(jumps)).toBeLessThan(bounds.pitch);
  });
});

describe('the measures', () => {
  const rate = 22_050;
  const tone = (hz: number, seconds: number, level = 0.3): number[] =>
    Array.from({ length: seconds * rate }, (_, at) => level * Math.sin((2 * Math.PI * hz * at) / rate));

  test('loudness: a full-scale tone of 997 Hz is at -3.01 LUFS, a tenth of it 20 LU lower (BS.1770-4)', () => {
    for (const at of [16_000, 22_050, 24_000, 48_000]) {
      const sine = Float64Array.from({ length: 3 * at }, (_, i) => Math.sin((2 * Math.PI * 997 * i) / at));
      expect(loudnessOf(sine, at)).toBeCloseTo(-3.01, 1);
      expect(
        loudnessOf(
          sine.map((sample) => sample / 10),
          at,
        ),
      ).toBeCloseTo(-23.01, 1);
    }
    expect(loudnessOf(new Float64Array(rate), rate)).toBe(Number.NEGATIVE_INFINITY);
  });

  test('pitch: of a tone its frequency, of noise none', () => {
    for (const hz of [90, 150, 220, 310])
      expect(pitchOf(Float64Array.from(tone(hz, 0.3)), { start: 0, end: 0.3 * rate }, rate)).toBeCloseTo(
        hz,
        -1,
      );
    let state = 1;
    const noise = Float64Array.from({ length: 0.3 * rate }, () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state / 2 ** 32 - 0.5;
    });
    expect(pitchOf(noise, { start: 0, end: noise.length }, rate)).toBeUndefined();
    expect(pitchOf(noise.fill(0), { start: 0, end: noise.length }, rate)).toBeUndefined();
  });

  test('a pause, a pitch jump and a click', () => {
    const before = tone(110, 0.4);
    const pause = new Array<number>(Math.round(0.25 * rate)).fill(0);
    const samples = Float64Array.from([...before, ...pause, ...tone(220, 0.4)]);
    const spans = [
      { start: 0, end: before.length },
      { start: before.length + pause.length, end: samples.length },
    ] as const;
    expect(pauseBetween(samples, ...spans, rate)).toBeCloseTo(250, -1);
    expect(pitchJump(samples, ...spans, rate)).toBeCloseTo(12, 0);
    samples[before.length + 10] = 0.5;
    expect(stepNear(samples, before.length, rate)).toBeGreaterThan(0.4);
  });
});
