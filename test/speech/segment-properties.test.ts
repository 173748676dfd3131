import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cutLazily, segment } from '../../src/speech/segment/segment.ts';

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

  const walls = ['a', '[a ', '1. ', 'Dr. ', 'A. ', 'a,b-', 'http://a', '漢字', ' \n'];
  test.each(walls)('100 000 characters of %j come to an end', (wall) => {
    const text = `x${wall.repeat(100_000 / wall.length)}x`;
    const joined = segment(text).map((piece) => piece.text);
    expect(withoutSpace(joined.join('')) === withoutSpace(text)).toBe(true);
  });

  const silent = ['!', '(', '. ', '。', '<|', '\u0301', '😀', '(happy) ', '...\n', '\u200f'];
  test.each(silent)('of 100 000 characters of %j, which say nothing, some are left', (wall) => {
    const text = `One word${wall.repeat(100_000 / wall.length)} and another.`;
    const pieces = segment(text).map((piece) => piece.text);
    expect(pieces.join('')).toMatch(/^One ?word.*another\.$/su);
    for (const piece of pieces) expect(piece.length).toBeLessThan(10_000);
  });
});

describe('cut lazily', () => {
  const floods = fc.constantFrom(
    '\n',
    ' ',
    '!',
    '. ',
    'A. ',
    'Dr. ',
    '(',
    '(a) ',
    '[a',
    '<|',
    '"',
    '-',
    'a',
    'a ',
    '漢',
  );
  const longText = fc
    .array(
      fc.oneof(
        { weight: 4, arbitrary: anyText },
        fc.tuple(floods, fc.integer({ min: 1, max: 6000 })).map(([of, times]) => of.repeat(times)),
        fc.constantFrom(
          'مرحبا بالعالم. كيف الحال؟ ',
          'e\u0301'.repeat(800),
          '(never closed ',
          'x'.repeat(5000),
        ),
      ),
      { minLength: 5, maxLength: 40 },
    )
    .map((parts) => parts.join(' '));

  test('a text is cut as it is when all of it is looked at: what is far ahead changes nothing', () => {
    fc.assert(
      fc.property(longText, options, (text, chosen) => {
        const most = { ...chosen, maxCharacters: 20 + (chosen.maxCharacters ?? 0) };
        const whole = segment(text, most).map((piece) => piece.text);
        const seen = text.slice(0, Math.min(text.length, 40_000));
        const begun = segment(seen, most).map((piece) => piece.text);
        // So much comes after it at least: where a text repeats itself, its place would be found too early.
        let behind = begun.reduce((sum, piece) => sum + piece.length, 0);
        for (const [index, piece] of begun.entries()) {
          behind -= piece.length;
          if (behind < 16_384) break;
          expect(whole[index]).toBe(piece);
        }
      }),
      { numRuns: 60 },
    );
  }, 60_000);

  test('the first segment of a book is there at once', () => {
    const book = 'A. '.repeat(10_000_000);
    let steps = 0;
    for (const piece of cutLazily(book)) {
      steps += 1;
      if (piece) break;
    }
    expect(steps).toBeLessThan(1000);
  });

  test.each(['a', '\n', '!', '\u0301'])('a flood of %j is walked through in small steps', (flood) => {
    const text = `${flood.repeat(1_000_000)} and at last a word.`;
    let steps = 0;
    for (const _ of cutLazily(text)) steps += 1;
    expect(steps).toBeGreaterThan(text.length / 5000);
  });
});
