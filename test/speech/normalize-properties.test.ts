import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalizeEnglish } from '../../src/speech/normalize/english.ts';

/** The longest saying of a single character is "less than or equal to" and the like. */
const LONGEST_SAYING = 40;

const pieces = fc.constantFrom(
  ...(
    '1 12 2024 3.5 1,000 $ £ € % : / - – . , a.m. pm km kg °C # @ & + = x × ² ½ st th s M k A I US FBI ' +
    'March Mon Dr. St. No. http:// www. .com e.g. 3/5 -5 ( ) " \' … — < > ~ ^ * _ v2. II VIII Henry you'
  ).split(' '),
  ' ',
);
const writing = fc.array(pieces, { maxLength: 40 }).map((parts) => parts.join(''));
const texts = fc.oneof(
  writing,
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.string({ unit: 'grapheme' }),
);
const words = fc
  .stringMatching(/^[a-z]{4,12}$/)
  .filter((word) => /[aeiouy]/.test(word)) // others are spelled
  .filter((word) => !['govt', 'misc', 'dept', 'approx'].includes(word));

describe('normalised English', () => {
  it('has no digit of any script', () => {
    fc.assert(
      fc.property(texts, (text) => {
        expect(normalizeEnglish(text)).not.toMatch(/\p{N}/u);
      }),
      { numRuns: 500 },
    );
  });

  it('has single spaces and no spaces at its ends', () => {
    fc.assert(
      fc.property(texts, (text) => {
        expect(normalizeEnglish(text)).not.toMatch(/\s{2}|^\s|\s$|[\n\t]/);
      }),
      {
        numRuns: 500,
      },
    );
  });

  it('has only letters, apostrophes, hyphens and marks of prosody', () => {
    fc.assert(
      fc.property(texts, (text) => {
        expect(normalizeEnglish(text)).toMatch(/^[\p{L}\p{M}'\-.,;:!?…—()" ]*$/u);
      }),
      { numRuns: 500 },
    );
  });

  it('loses no word and no mark', () => {
    const sentence = fc.tuple(
      fc.array(words, { minLength: 1, maxLength: 20 }),
      fc.constantFrom('.', '?', '!', '…'),
    );
    fc.assert(
      fc.property(sentence, ([list, mark]) => {
        const text = list.join(' ') + mark;
        expect(normalizeEnglish(text)).toBe(text);
      }),
    );
  });

  it('keeps the words around what it rewrites', () => {
    fc.assert(
      fc.property(words, writing, words, (before, text, after) => {
        const spoken = normalizeEnglish(`${before} ; ${text} ; ${after}`).toLowerCase();
        expect(spoken.startsWith(before)).toBe(true);
        expect(spoken.endsWith(after)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('grows at most linearly', () => {
    fc.assert(
      fc.property(texts, (text) => {
        expect(normalizeEnglish(text).length).toBeLessThanOrEqual(LONGEST_SAYING * (text.length + 1));
      }),
    );
  });

  it('leaves its own sentences as they are', () => {
    const written = [
      'On March 5, 2024 at 3:45 pm Dr. Smith paid $3.50 for 5 km of cable.',
      'The FBI has 12 GPUs; COVID-19 hit in 2020 — Henry VIII did not know…',
      'Mail john@example.com (24/7) or call 555-123-4567!',
    ];
    for (const text of written) {
      const once = normalizeEnglish(text);
      expect(normalizeEnglish(once)).toBe(once);
    }
  });

  it.each([
    '1',
    '1.',
    '1,',
    '1-',
    '1/',
    'a.',
    'A',
    '$1',
    'a@',
    'http://a.',
    '<a',
    '-',
    '. ',
    '"\'',
    '1a',
    '😀',
    '(',
    '$1M–',
    '1/1 and ',
    '1h1m ',
    'Aa, ',
    '/a',
    'a\\',
  ])('finishes on 100 000 times %j', (piece) => {
    const text = piece.repeat(100_000);
    expect(normalizeEnglish(text).length).toBeLessThanOrEqual(LONGEST_SAYING * text.length);
  });
});
