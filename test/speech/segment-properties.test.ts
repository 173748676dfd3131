import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { segment } from '../../src/speech/segment.ts';

const withoutSpace = (text: string): string => text.replace(/\s+/gu, '');
const says = (text: string): boolean => /[\p{L}\p{N}]/u.test(text);

/** Text as people and programs send it: words, marks, spaces, tags, several scripts, and any character at all. */
const pieces = fc.constantFrom(
  ...['Hello', 'Dr.', 'e.g.', 'U.S.', 'J.', '3.14', '1,000', '10:30', 'no', 'I', 'and', 'because', 'word'],
  ...['.', '!', '?', '...', '…', ',', ';', ':', '—', '--', '-', '"', '”', ')', '(', '[', ']', '«'],
  ...[
    '。',
    '！',
    '？',
    '、',
    '，',
    '।',
    '؟',
    '۔',
    '။',
    '។',
    '你好',
    'こんにちは',
    'สวัสดีครับ',
    'नमस्ते',
    'مرحبا',
  ],
  ...[
    '<|speaker:1|>',
    '(happy)',
    '[laugh]',
    'https://a.b/c?d=e.f',
    'me@x.org',
    '👩‍👩‍👧‍👦',
    '🇻🇳',
    'é',
    '\u0301',
    '\u200d',
  ],
  ...[' ', ' ', ' ', ' ', '\n', '\n\n', '\r\n', '\t', '\u00a0', '\u2028'],
);
const anyText = fc
  .array(
    fc.oneof(
      { weight: 8, arbitrary: pieces },
      fc.string({ unit: 'grapheme', maxLength: 8 }),
      fc.string({ unit: 'binary', maxLength: 4 }),
    ),
    { maxLength: 60 },
  )
  .map((parts) => parts.join(''));
const options = fc.record({
  language: fc.constantFrom('en', 'de', 'zh-CN', 'el', 'th', 'vi', undefined),
  firstMaxWords: fc.integer({ min: 1, max: 12 }),
  maxCharacters: fc.integer({ min: 1, max: 120 }),
  growth: fc.option(fc.double({ min: 1, max: 4, noNaN: true }), { nil: undefined }),
});

describe('whatever the text', () => {
  test('nothing is lost, and nothing moves', () => {
    fc.assert(
      fc.property(anyText, options, (text, chosen) => {
        const joined = segment(text, chosen)
          .map((piece) => piece.text)
          .join('');
        expect(withoutSpace(joined)).toBe(withoutSpace(text));
      }),
      { numRuns: 1000 },
    );
  });

  test('every segment says something, if anything does, and carries no space at its ends', () => {
    fc.assert(
      fc.property(anyText, options, (text, chosen) => {
        const cut = segment(text, chosen);
        for (const piece of cut) {
          expect(piece.text).not.toBe('');
          expect(piece.text.trim()).toBe(piece.text);
          if (cut.length > 1) expect(says(piece.text)).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('no grapheme cluster is split', () => {
    fc.assert(
      fc.property(anyText, options, (text, chosen) => {
        const cuts = new Set<number>();
        let seen = 0;
        for (const piece of segment(text, chosen)) {
          seen += withoutSpace(piece.text).length;
          cuts.add(seen);
        }
        let at = 0;
        for (const { segment: cluster } of new Intl.Segmenter('en').segment(text)) {
          const length = withoutSpace(cluster).length;
          const isWhole = !/\s/u.test(cluster); // a mark that leans on a space has no letter to be torn from
          for (let inside = 1; isWhole && inside < length; inside++) {
            expect(cuts.has(at + inside)).toBe(false);
          }
          at += length;
        }
      }),
      { numRuns: 1000 },
    );
  });

  test('what belongs together stays together', () => {
    const whole = [
      ...['3.14', '1,299.99', '10:30', 'a.m. today', 'https://a.b/c?d=e.f', 'me@x.org', 'Dr. Smith', 'No. 5'],
      ...[
        'J. R. R. Tolkien',
        'e.g. London',
        'U.S. Army',
        '(in a hurry tone)',
        '[laugh]',
        '<|speaker:0|>hello',
      ],
    ];
    const word = fc.constantFrom(
      'apples',
      'and',
      'very',
      'good,',
      'stop.',
      'really?',
      'no!',
      'so',
      'then:',
      'We',
    );
    const sentence = fc.array(fc.oneof(word, fc.constantFrom(...whole)), { minLength: 1, maxLength: 80 });
    fc.assert(
      fc.property(sentence, fc.integer({ min: 1, max: 12 }), (tokens, firstMaxWords) => {
        const text = tokens.join(' ');
        const cut = segment(text, { firstMaxWords }).map((piece) => piece.text);
        for (const token of whole) {
          const found = cut.reduce((sum, piece) => sum + piece.split(token).length - 1, 0);
          expect(found, token).toBe(text.split(token).length - 1);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('words with spaces between them never make a segment longer than asked for', () => {
    const word = fc.stringMatching(/^[a-z]{1,12}[,.;?]?$/);
    fc.assert(
      fc.property(
        fc.array(word, { minLength: 1, maxLength: 120 }),
        fc.integer({ min: 20, max: 200 }),
        (words, most) => {
          const cut = segment(words.join(' '), { maxCharacters: most });
          for (const piece of cut) expect(piece.text.length).toBeLessThanOrEqual(most);
          expect(cut[0]?.text.split(' ').length).toBeLessThanOrEqual(9);
        },
      ),
      { numRuns: 500 },
    );
  });

  const walls = [
    'a',
    '!',
    '(',
    '[a ',
    '. ',
    '1. ',
    'Dr. ',
    'a,b-',
    'http://a',
    '<|',
    '漢字',
    '\u0301',
    ' \n',
    '😀',
  ];
  test.each(walls)('100 000 characters of %j come to an end', (wall) => {
    const text = `x${wall.repeat(100_000 / wall.length)}x`;
    const joined = segment(text).map((piece) => piece.text);
    expect(withoutSpace(joined.join(''))).toBe(withoutSpace(text));
  });
});
