import { describe, expect, it } from 'vitest';
import { SentenceCutter } from '../../src/conversation/sentence-cutter.ts';

function cut(text: string, step: number): string[] {
  const cutter = new SentenceCutter();
  const pieces: string[] = [];
  for (let at = 0; at < text.length; at += step) {
    pieces.push(...cutter.push(text.slice(at, at + step)).map((piece) => piece.text));
  }
  return [...pieces, ...cutter.end().map((piece) => piece.text)];
}

describe('sentences of a text that is being written', () => {
  it.each<[string, string[]]>([
    ['Hello there, my friend. How are you?', ['Hello there,', ' my friend. How are you?']],
    ['Oh. Yes. It is so. And more follows here.', ['Oh. Yes. It is so.', ' And more follows here.']],
    ['Dr. Smith has 3.14 cakes, I think.', ['Dr. Smith has 3.14 cakes,', ' I think.']],
    [
      'See https://example.com/a,b;c now and then, please.',
      ['See https://example.com/a,b;c now and then,', ' please.'],
    ],
    ['今天天气很好，我们去公园散步吧。', ['今天天气很好，我们去公园散步吧。']],
    ['1. Wash it well.\n2. Boil it for long.\n', ['1. Wash it well.', '\n2. Boil it for long.\n']],
    [
      'Yes, of course. The weather stays fine, I am told, until the evening, and then there may be rain.',
      [
        'Yes, of course.',
        ' The weather stays fine,',
        ' I am told, until the evening,',
        ' and then there may be rain.',
      ],
    ],
    ['***\n\n', []],
    ['It ends without a mark', ['It ends without a mark']],
  ])('of %j', (text, pieces) => {
    expect(cut(text, 1)).toEqual(pieces);
  });

  it('loses nothing, however the text comes and however long its sentences are', () => {
    const text = `${'A sentence, which is short. '.repeat(20)}${'and it goes on '.repeat(200)}${'x'.repeat(5000)}`;
    for (const step of [1, 7, 300, text.length]) {
      const pieces = cut(text, step);
      expect(pieces.join('')).toBe(text);
      expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThanOrEqual(1600);
    }
  });
});
