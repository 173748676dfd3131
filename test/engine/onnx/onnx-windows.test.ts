import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { padSpan, planWindows, sliceLatent, trimPadding } from '../../../src/engine/onnx/latent.ts';
import { cutPieces } from '../../../src/engine/onnx/tokens.ts';

const sizes = (frames: number, isContinuation = false): number[] =>
  [...planWindows(frames, isContinuation)].map(({ from, to }) => to - from);

describe('windows over a latent', () => {
  test('start small and grow', () => {
    expect(sizes(700)).toEqual([20, 40, 80, 160, 160, 160, 80]);
    expect(sizes(5)).toEqual([5]);
    expect(sizes(0)).toEqual([]);
  });

  test('take a small rest along', () => {
    expect(sizes(75)).toEqual([20, 55]);
  });

  test('put back together are the whole, whatever its length', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2000 }), fc.integer({ min: 1, max: 4 }), (frames, channels) => {
        const hop = 3;
        const latent = Float32Array.from({ length: frames * channels }, (_, i) => i);
        const heard: number[] = [];
        for (const span of planWindows(frames, false)) {
          const padded = padSpan(span, frames);
          const slice = sliceLatent(latent, frames, padded);
          const width = padded.to - padded.from;
          expect(slice.length).toBe(channels * width);
          // A decoder that repeats the last channel `hop` times.
          const row = slice.subarray((channels - 1) * width);
          const samples = Float32Array.from(
            { length: width * hop },
            (_, i) => row[Math.floor(i / hop)] ?? -1,
          );
          heard.push(...trimPadding(samples, span, padded));
        }
        const first = (channels - 1) * frames;
        expect(heard).toEqual(Array.from({ length: frames * hop }, (_, i) => first + Math.floor(i / hop)));
      }),
      { numRuns: 60 },
    );
  });
});

describe('pieces of a long text', () => {
  const textsOf = (phonemes: string, limit: number): string[] =>
    cutPieces(phonemes, limit).map(({ text }) => text);

  test('end after a sentence rather than a clause, after a clause rather than a word', () => {
    expect(textsOf('aaa bbb. ccc, ddd eee', 14)).toEqual(['aaa bbb.', 'ccc, ddd eee']);
    expect(textsOf('aaa bbb, ccc ddd eee', 12)).toEqual(['aaa bbb,', 'ccc ddd eee']);
    expect(textsOf('aaa bbb ccc ddd', 12)).toEqual(['aaa bbb ccc', 'ddd']);
    expect(textsOf('aaaaaaaaaa', 4)).toEqual(['aaaa', 'aaaa', 'aa']);
  });

  test('lose nothing but space and are never too long', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'ə', ' ', '.', ',', '?'), maxLength: 300 });
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 80 }), (phonemes, limit) => {
        const pieces = cutPieces(phonemes, limit);
        const joined = pieces.map(({ text }) => text).join('');
        expect(joined.replaceAll(' ', '')).toBe(phonemes.replaceAll(' ', ''));
        for (const { text, at } of pieces) {
          expect(text.length).toBeLessThanOrEqual(limit);
          expect(text.trim()).toBe(text);
          expect(text).not.toBe('');
          expect(phonemes.startsWith(text, at)).toBe(true);
        }
      }),
    );
  });
});

test('are large from the start when something is being heard already', () => {
  expect(sizes(400, true)).toEqual([160, 160, 80]);
  expect(sizes(175, true)).toEqual([175]);
});
