import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Aligner, type Characters } from '../../src/dialects/elevenlabs/timestamps.ts';
import { timeSegment } from '../../src/speech/captions/captions.ts';

const rate = 1000;

/** All characters of `text`, said in `segments` of one second each, with half a second between. */
function align(text: string, segments: readonly string[], end = segments.length * 1.5): Characters {
  const aligner = new Aligner();
  aligner.write(text);
  const parts = segments.map((segment, index) =>
    aligner.say(timeSegment({ text: segment, start: index * 1500, end: index * 1500 + 1000 }, rate)),
  );
  parts.push(aligner.rest(end));
  return {
    characters: parts.flatMap(({ characters }) => characters),
    starts: parts.flatMap(({ starts }) => starts),
    ends: parts.flatMap(({ ends }) => ends),
  };
}

describe('the times of characters', () => {
  test('share the time of their word, and spaces the time between words', () => {
    const aligner = new Aligner();
    aligner.write('ab, cd');
    const words = [
      { index: 0, start: 0, end: 400 },
      { index: 1, start: 800, end: 1000 },
    ];
    const { characters, starts, ends } = aligner.say(
      timeSegment({ text: 'ab, cd', start: 0, end: 1000, words }, rate),
    );
    expect(characters).toEqual(['a', 'b', ',', ' ', 'c', 'd']);
    const close = (times: readonly number[]): number[] => times.map((time) => Math.round(time * 1000) / 1000);
    expect(close(starts)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 0.9]);
    expect(close(ends)).toEqual([0.2, 0.4, 0.6, 0.8, 0.9, 1]);
  });

  test('are those of the text as it was written, whatever spaces its segments have', () => {
    const text = '  One.\n\n Two   words. \t';
    const { characters, starts, ends } = align(text, ['One.', 'Two words.'], 3);
    expect(characters.join('')).toBe(text);
    expect(characters.at(-1)).toBe('\t');
    expect(ends.at(-1)).toBe(3);
    expect(starts[characters.indexOf('T')]).toBe(1.5);
  });

  test('count a character of two code units once', () => {
    const { characters } = align('Hi 😀 you.', ['Hi 😀 you.']);
    expect(characters).toHaveLength(9);
    expect(characters[3]).toBe('😀');
  });

  test('are told of words that nobody wrote, apart from those before them', () => {
    const { characters } = align('One. Two.', ['One.', 'Deux.'], 2.5);
    expect(characters.join('')).toBe('One. Deux. Two.');
  });

  test('grow, and are as many as characters, whatever is written', () => {
    fc.assert(
      fc.property(
        fc.array(fc.stringMatching(/^[\wé😀,.!? \n-]{0,12}[a-z]$/u), { minLength: 1, maxLength: 6 }),
        (parts) => {
          const text = parts.join(' ');
          const segments = parts.map((part) => part.trim());
          const { characters, starts, ends } = align(text, segments);
          expect(characters.join('')).toBe(text);
          expect([starts.length, ends.length]).toEqual([characters.length, characters.length]);
          const times = starts.flatMap((start, index) => [start, ends[index] ?? -1]);
          expect(times).toEqual(times.toSorted((a, b) => a - b));
        },
      ),
    );
  });
});
