import { describe, expect, test } from 'vitest';
import { frameIds } from '../../../src/engine/onnx/families/piper.ts';
import { WordTimer } from '../../../src/engine/onnx/word-timer.ts';

describe('the ids of a piece', () => {
  const symbols = new Map([
    ['a', [3]],
    ['c', [4, 5]],
    ['̧', [6]],
    [' ', [7]],
  ]);

  test('know their places in the phonemes, each with the pad behind it', () => {
    expect(frameIds({ text: 'a c', at: 10 }, symbols)).toEqual({
      ids: [1, 0, 3, 0, 7, 0, 4, 5, 0, 2],
      places: [-1, -1, 10, 10, 11, 11, 12, 12, 12, -1],
      at: 10,
    });
  });

  test('of a character with an accent stand where it does, and what the model does not know takes no place', () => {
    expect(frameIds({ text: 'x\u00e7a', at: 0 }, symbols)).toMatchObject({
      ids: [1, 0, 4, 5, 0, 6, 0, 3, 0, 2],
      places: [-1, -1, 1, 1, 1, 1, 1, 2, 2, -1],
    });
    expect(frameIds({ text: 'xyz', at: 0 }, symbols).ids).toEqual([]);
  });
});

describe('words', () => {
  // "ab cd" with a pad before and an end mark behind, two frames each
  const piece = (places: number[], until = Number.POSITIVE_INFINITY) => ({
    places,
    framesOf: places.map(() => 2),
    until,
  });

  test('last from their first symbol to their last one', () => {
    const timer = new WordTimer([
      { index: 0, from: 0, to: 2 },
      { index: 1, from: 3, to: 5 },
    ]);
    expect(timer.time(piece([-1, 0, 1, 2, 3, 4, -1]))).toEqual([
      { index: 0, start: 2, end: 6 },
      { index: 1, start: 8, end: 12 },
    ]);
  });

  test('go on where the piece before ended, also one that was cut in two', () => {
    const timer = new WordTimer([
      { index: 0, from: 0, to: 2 },
      { index: 1, from: 3, to: 6 },
      { index: 2, from: 6, to: 7 },
    ]);
    expect(timer.time(piece([0, 1, 2, 3, -1], 4))).toEqual([{ index: 0, start: 0, end: 4 }]);
    expect(timer.time(piece([-1, 4, 5, 6, -1]))).toEqual([
      { index: 1, start: 6, end: 16 },
      { index: 2, start: 16, end: 18 },
    ]);
  });

  test('of which the model knows no symbol are not told', () => {
    const timer = new WordTimer([
      { index: 0, from: 0, to: 2 },
      { index: 1, from: 3, to: 5 },
      { index: 4, from: 6, to: 8 },
    ]);
    expect(timer.time(piece([-1, 0, 1, 6, 7, -1]))).toEqual([
      { index: 0, start: 2, end: 6 },
      { index: 4, start: 6, end: 10 },
    ]);
  });
});
