import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { captionsJson, type Said, timeSegment } from '../../src/speech/captions/captions.ts';
import { makeCues, toSrt, toVtt } from '../../src/speech/captions/files.ts';
import { findWords, spreadWords, timeWords } from '../../src/speech/words.ts';

const rate = 1000;

function said(...texts: string[]): Said {
  let at = 0;
  const segments = texts.map((text) => {
    const start = at;
    at += text.length * 60;
    return { text, start, end: at };
  });
  return { rate, segments };
}

const cuesOf = ({ segments }: Said) => makeCues(segments.map((segment) => timeSegment(segment, rate)));

describe('words', () => {
  it('keep the marks that they touch', () => {
    const shown = findWords('He said: "hello (world)," didn\'t he?  Fine... 「你好」。').map(
      (word) => word.shown,
    );
    expect(shown).toEqual(['He', 'said:', '"hello', '(world),"', "didn't", 'he?', 'Fine...', '「你好」。']);
  });

  it('leave out what only origins read', () => {
    expect(findWords('<|speaker:1|>Hello.').map(({ shown }) => shown)).toEqual(['Hello.']);
  });

  it('share the time of their segment: longer ones get more, a comma takes some', () => {
    const [short, long, after] = spreadWords('a responsibility, a', 1, 3);
    const lasts = (word: typeof short): number => (word?.end ?? 0) - (word?.start ?? 0);
    expect([short?.start, after?.end]).toEqual([1, 3]);
    expect(lasts(long)).toBeGreaterThan(3 * lasts(short));
    expect((after?.start ?? 0) - (long?.end ?? 0)).toBeGreaterThan(0.1);
  });

  it('follow each other inside their segment, whatever the text', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        fc.double({ min: 0, max: 60, noNaN: true }),
        (text, start) => {
          const words = spreadWords(text, start, start + 5);
          const times = words.flatMap((word) => [word.start, word.end]);
          expect(times).toEqual(times.toSorted((a, b) => a - b));
          for (const time of times) expect(time).toBeGreaterThanOrEqual(start);
          expect(times.at(-1) ?? 0).toBeLessThanOrEqual(start + 5.000001);
        },
      ),
    );
  });
});

describe('words of which some are known', () => {
  const text = 'One two three four five.';

  it('are told as they are, and the others share what is left between', () => {
    const known = [
      { index: 1, start: 2, end: 3 },
      { index: 3, start: 6, end: 7 },
    ];
    const words = timeWords(text, { start: 1, end: 9 }, known);
    expect(words.map(({ word, start, end, estimated }) => [word, start, end, estimated])).toEqual([
      ['One', 1, 2, true],
      ['two', 2, 3, false],
      ['three', 3, 6, true],
      ['four', 6, 7, false],
      ['five', 7, 9, true],
    ]);
  });

  it('say in JSON only of the others that they are estimated', () => {
    const words = [{ index: 0, start: 120, end: 250 }];
    const { words: told } = captionsJson({
      rate,
      segments: [{ text: 'Hi you.', start: 0, end: 420, words }],
    }) as { words: object[] };
    expect(told[0]).toEqual({ word: 'Hi', start: 0.12, end: 0.25 });
    expect(told[1]).toMatchObject({ word: 'you', start: 0.25, end: 0.42, estimated: true });
  });

  it('follow each other inside their segment, whatever is claimed to be known', () => {
    const time = fc.double({ min: -1, max: 12, noNaN: true });
    const claims = fc.array(fc.record({ index: fc.integer({ min: -1, max: 6 }), start: time, end: time }));
    fc.assert(
      fc.property(claims, (known) => {
        const words = timeWords(text, { start: 1, end: 9 }, known);
        expect(words.map(({ word }) => word)).toEqual(['One', 'two', 'three', 'four', 'five']);
        const times = words.flatMap(({ start, end }) => [start, end]);
        expect(times).toEqual(times.toSorted((a, b) => a - b));
        expect(times[0]).toBeGreaterThanOrEqual(1);
        expect(times.at(-1)).toBeLessThanOrEqual(9);
      }),
    );
  });
});

describe('cues', () => {
  it('have two even lines of 42 characters at most, and break at commas', () => {
    const [first, second] = cuesOf({
      rate,
      segments: [
        {
          text: 'And the rest of a rather long sentence goes on and on over several lines, so that somebody has to cut it.',
          start: 0,
          end: 9000,
        },
      ],
    });
    expect(first?.lines).toEqual([
      'And the rest of a rather long sentence',
      'goes on and on over several lines,',
    ]);
    expect(second?.lines).toEqual(['so that somebody has to cut it.']);
  });

  it('end with their sentence and last seven seconds at most', () => {
    const slow = { rate, segments: [{ text: 'One. Two three four five.', start: 0, end: 20_000 }] };
    const cues = cuesOf(slow);
    expect(cues[0]?.lines).toEqual(['One.']);
    for (const { start, end } of cues) expect(end - start).toBeLessThanOrEqual(7);
  });

  it('fit, keep every word and never overlap, whatever the text', () => {
    const word = fc.stringMatching(/^[a-zA-Zäöü0-9'’,.!?<>&-]{1,60}$/);
    fc.assert(
      fc.property(fc.array(fc.array(word, { minLength: 1 }), { minLength: 1 }), (sentences) => {
        const spoken = said(...sentences.map((words) => words.join(' ')));
        const cues = cuesOf(spoken);
        for (const { lines } of cues) {
          expect(lines.length).toBeLessThanOrEqual(2);
          for (const line of lines) expect(line.length).toBeLessThanOrEqual(42);
        }
        const times = cues.flatMap(({ start, end }) => [start, end]);
        expect(times).toEqual(times.toSorted((a, b) => a - b));
        const shown = cues.flatMap(({ lines }) => lines).join('');
        const written = spoken.segments.flatMap(({ text }) => findWords(text).map((one) => one.shown));
        expect(shown.replaceAll(' ', '')).toBe(written.join('').replaceAll(' ', ''));
      }),
    );
  });

  it('cost linear time', () => {
    const marks = {
      rate,
      segments: [{ text: `${'("'.repeat(100_000)}x${'.'.repeat(100_000)}`, start: 0, end: 9 }],
    };
    expect(toVtt(marks)).toContain('WEBVTT');
  });
});

describe('caption files', () => {
  const spoken = said('Hello & <b>welcome</b>.', 'To --> you {\\an8}!');

  it('are SubRip, with what would be markup taken out', () => {
    expect(toSrt(spoken)).toBe(
      '1\n00:00:00,000 --> 00:00:01,380\nHello & ‹b>welcome‹/b>.\n\n' +
        '2\n00:00:01,380 --> 00:00:02,460\nTo → you (\\an8}!\n',
    );
  });

  it('are WebVTT, escaped', () => {
    expect(toVtt(spoken)).toBe(
      'WEBVTT\n\n00:00:00.000 --> 00:00:01.380\nHello &amp; &lt;b&gt;welcome&lt;/b&gt;.\n\n' +
        '00:00:01.380 --> 00:00:02.460\nTo --&gt; you {\\an8}!\n',
    );
  });

  it('have hours', () => {
    const late = { rate, segments: [{ text: 'Late.', start: 3_723_004, end: 3_724_000 }] };
    expect(toSrt(late)).toContain('01:02:03,004 --> 01:02:04,000');
  });

  it('are JSON with exact segments and estimated words', () => {
    expect(captionsJson(said('Hi you.', 'Bye.'))).toMatchObject({
      duration: 0.66,
      text: 'Hi you. Bye.',
      segments: [
        { id: 0, start: 0, end: 0.42, text: 'Hi you.' },
        { id: 1, start: 0.42, end: 0.66, text: 'Bye.' },
      ],
      words: [
        { word: 'Hi', estimated: true },
        { word: 'you', end: 0.42 },
        { word: 'Bye', start: 0.42, end: 0.66 },
      ],
    });
  });
});
