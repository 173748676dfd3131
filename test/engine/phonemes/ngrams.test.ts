import { expect, it } from 'vitest';
import packed from '../../../src/engine/onnx/phonemes/letters.json' with { type: 'json' };
import {
  BACKOFF_STEP,
  BACKOFF_TOP,
  CLOSE,
  LEVELS,
  Ngrams,
  STEP,
  symbolAt,
  TOP_LEVEL,
} from '../../../src/engine/onnx/phonemes/ngrams.ts';

/** The levels of every n-gram, read one after another by its text. */
function readOneByOne(text: string): Map<string, readonly [log: number, backoff: number]> {
  const levelOf = new Map(Array.from({ length: TOP_LEVEL + 1 }, (_, level) => [symbolAt(level), level]));
  const found = new Map<string, readonly [number, number]>();
  let path = '';
  for (let i = 0; i < text.length; ) {
    if (text[i] === CLOSE) {
      path = path.slice(0, -1);
      i += 1;
      continue;
    }
    const level = levelOf.get(text[i + 1]!)!;
    const isContext = level >= LEVELS;
    const backoff = isContext ? BACKOFF_TOP - levelOf.get(text[i + 2]!)! * BACKOFF_STEP : 0;
    found.set(path + text[i], [-(level % LEVELS) * STEP, backoff]);
    if (isContext) path += text[i];
    i += isContext ? 3 : 2;
  }
  return found;
}

it('has every n-gram of the packed model with its probability, and no other', () => {
  const expected = readOneByOne(packed.ngrams);
  expect(expected.size).toBeGreaterThan(80_000);
  const ngrams = new Ngrams(packed.ngrams);
  const differing = [...expected].filter(([ngram, [log, backoff]]) => {
    const node = ngrams.find(ngram);
    return node < 0 || ngrams.log(node) !== log || ngrams.backoff(node) !== backoff;
  });
  expect(differing).toEqual([]);
  const strangers = [...expected.keys()].map((ngram) => `${ngram}${CLOSE}`);
  expect(strangers.filter((ngram) => ngrams.find(ngram) >= 0)).toEqual([]);
});

it('finds a part of a text, and of an empty model nothing but the empty context', () => {
  const ngrams = new Ngrams(packed.ngrams);
  const symbol = symbolAt(3);
  expect(ngrams.find(`?${symbol}`, 1)).toBe(ngrams.find(symbol));
  expect(new Ngrams('').find('')).toBe(0);
  expect(new Ngrams('').find('a')).toBe(-1);
});
