import { describe, expect, test } from 'vitest';
import { type Cut, Cutter } from '../../src/recognizer/cutter.ts';

const rate = 16_000;

/** A recording of tones and silences, in seconds; each tone at its level, as -1..1. */
function record(...stretches: readonly (readonly [seconds: number, level: number])[]): Int16Array {
  const parts = stretches.map(([seconds, level]) =>
    Int16Array.from({ length: Math.round(seconds * rate) }, (_, i) => Math.sin(i / 8) * level * 32_767),
  );
  return Int16Array.from(parts.flatMap((part) => [...part]));
}

function cut(samples: Int16Array, chunk = 1000): { cuts: Cut[]; cutter: Cutter } {
  const cutter = new Cutter();
  const cuts: Cut[] = [];
  for (let at = 0; at < samples.length; at += chunk)
    cuts.push(...cutter.push(samples.subarray(at, at + chunk)));
  cuts.push(...cutter.end());
  return { cuts, cutter };
}

function times(cuts: readonly Cut[]): [number, number][] {
  return cuts.map(({ start, end }) => [start / rate, end / rate]);
}

describe('a recording', () => {
  test('of silence, or of a click in it, has no pieces', () => {
    expect(cut(record([5, 0])).cuts).toEqual([]);
    expect(cut(record([2, 0], [0.03, 0.5], [2, 0])).cuts).toEqual([]);
    expect(cut(new Int16Array(7)).cuts).toEqual([]);
  });

  test('loses the silence around its sound, but for a margin', () => {
    const [[start, end] = [0, 0]] = times(cut(record([3, 0], [2, 0.3], [0.9, 0])).cuts);
    expect(start).toBeCloseTo(2.8, 1);
    expect(end).toBeCloseTo(5.2, 1);
  });

  test('is cut at a long silence, not at a short one', () => {
    const found = times(cut(record([2, 0.3], [0.6, 0], [2, 0.3], [3, 0], [1, 0.3])).cuts);
    expect(found).toHaveLength(2);
    expect(found[0]?.[1]).toBeCloseTo(4.8, 1);
    expect(found[1]?.[0]).toBeCloseTo(7.4, 1);
  });

  test('without a long silence is cut where it is quietest, and nothing is lost', () => {
    const samples = record([18, 0.3], [0.4, 0.01], [30, 0.3]);
    const { cuts, cutter } = cut(samples);
    const found = times(cuts);
    expect(found[0]?.[1]).toBeGreaterThan(18);
    expect(found[0]?.[1]).toBeLessThan(18.4);
    for (const [start, end] of found) expect(end - start).toBeLessThanOrEqual(25);
    for (const [index, { start }] of cuts.entries()) {
      if (index > 0) expect(start).toBe(cuts[index - 1]?.end);
    }
    expect(cuts.at(-1)?.end).toBe(samples.length);
    expect(cutter.heard).toBe(samples.length);
  });

  test('holds the samples of each piece', () => {
    const samples = record([1, 0], [2, 0.3], [2, 0], [1, 0.6]);
    for (const { samples: piece, start, end } of cut(samples).cuts) {
      expect(piece.length).toBe(end - start);
      expect(piece).toEqual(Float32Array.from(samples.subarray(start, end), (sample) => sample / 32_768));
    }
  });

  test('is cut alike whatever the chunks', () => {
    const samples = record([1, 0], [12, 0.3], [1.5, 0], [26, 0.2]);
    const whole = times(cut(samples, samples.length).cuts);
    for (const chunk of [1, 317, 16_000]) expect(times(cut(samples, chunk).cuts)).toEqual(whole);
  });
});
