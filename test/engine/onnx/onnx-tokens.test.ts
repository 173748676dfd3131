import { expect, test } from 'vitest';
import { readKokoroTokenizer, readPiperConfig, toIds } from '../../../src/engine/onnx/tokens.ts';

const inference = { noise_scale: 0.667, length_scale: 1, noise_w: 0.8 };
const piper = (map: Record<string, number[]>, symbols = 10): string =>
  JSON.stringify({ num_symbols: symbols, phoneme_id_map: map, inference });

test('a symbol becomes its ids, one the model does not know is left out', () => {
  const { symbols, lengthScale } = readPiperConfig(piper({ a: [4], b: [5, 6] }));
  expect(toIds({ text: 'a?b', at: 7 }, symbols)).toEqual({ ids: [4, 5, 6], places: [7, 9, 9] });
  expect(lengthScale).toBe(1);
});

test('an id beyond the embedding is refused before it could reach the model', () => {
  expect(() => readPiperConfig(piper({ a: [10] }))).toThrow(RangeError);
  expect(() => readPiperConfig(piper({ a: [-1] }))).toThrow();
  expect(() => readKokoroTokenizer(JSON.stringify({ model: { vocab: { a: 178 } } }))).toThrow(RangeError);
});

test('a file that is something else is refused', () => {
  expect(() => readPiperConfig('<html>')).toThrow();
  expect(() => readPiperConfig('{}')).toThrow();
  expect(() => readKokoroTokenizer('{"model":{}}')).toThrow();
});
