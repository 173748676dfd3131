import { describe, expect, test } from 'vitest';
import { createSpeakerRepeater } from '../../src/speech/segment/marks.ts';
import { segment } from '../../src/speech/segment/segment.ts';
import { recut } from './segment-marked.ts';

/** The first segment of each text, by default at most seven words. */
const openings: readonly (readonly [why: string, first: string, rest: string])[] = [
  ['short sentence', 'It is raining.', ' We stay at home today with a book.'],
  ['nine words without a comma', 'We went out and bought some milk this morning.', ''],
  ['last comma in reach', 'Well, yes, I do think so,', ' but nobody asked me about it before today.'],
  ['colon', 'There is one thing to know:', ' nobody ever came back from that island alive.'],
  ['dash', 'He saw her — the old queen —', ' standing on the bridge in the rain that night.'],
  ['tight dash', 'He saw the old queen—', 'she stood on the bridge in the rain that night.'],
  [
    'conjunction',
    'The committee has not decided yet',
    ' whether any of it will be paid before spring comes.',
  ],
  ['preposition', 'The quick brown fox jumps', ' over the lazy dog near the river bank today.'],
  [
    'one word before the comma',
    'However, the old lighthouse keeper',
    ' with his seven dogs never spoke about it.',
  ],
  [
    'no mark at all',
    'Big old red barns stood there looking',
    ' very nice once more this lovely Monday morning.',
  ],
  ['quoted clause', '"I will be there," she said,', ' before anybody could ask for anything else that day.'],
  [
    'never after an abbreviation',
    'Yesterday Mr. Brown, Mrs. Green, Dr. White,',
    ' Prof. Black and others all came by.',
  ],
  ['never inside a tag', '(in a hurry tone) Come along now,', ' we have to be there long before the others.'],
  ['a tag on its own line', '(happy)\nHello there,', ' my friend of many years and many more days.'],
  [
    'never inside a number',
    'It cost 1,250,000 dollars in the end',
    ' because nobody thought of counting the coins.',
  ],
];

describe('the first segment is short', () => {
  test.each(openings)('%s', (_, first, rest) => {
    const [opening] = segment(first + rest);
    expect(opening?.text).toBe(first);
  });

  test('its pause is what the place of the cut asks for', () => {
    const pauseOf = (text: string): string | undefined => segment(text)[0]?.pause;
    expect(pauseOf('It is raining. We stay at home.')).toBe('sentence');
    expect(pauseOf('It is raining.\n\nWe stay at home.')).toBe('paragraph');
    expect(pauseOf('After all of that, nobody came to the party that we gave.')).toBe('clause');
    expect(pauseOf('The quick brown fox jumps over the lazy dog near the bank.')).toBe('none');
    expect(pauseOf('It is raining.')).toBe('none');
  });

  test('a clause of a script without spaces counts two letters as a word', () => {
    const marked = '今天的天气非常好，▸所以我和我的朋友们打算一起去公园里散步和聊天。';
    expect(recut(marked, { language: 'zh' })).toBe(marked);
  });

  test('firstMaxWords moves the cut', () => {
    const text = 'Well, this is it, the end of the road, and nobody is here to see us.';
    expect(segment(text, { firstMaxWords: 4 })[0]?.text).toBe('Well, this is it,');
    expect(segment(text, { firstMaxWords: 9 })[0]?.text).toBe('Well, this is it, the end of the road,');
  });
});

describe('long sentences are cut', () => {
  const options = { firstMaxWords: 1000, maxCharacters: 60 };

  test('at commas, evenly', () => {
    const marked =
      'She packed the red coat, the old boots, a lamp, ▸ two maps of the coast, some bread, and a letter.';
    expect(recut(marked, options)).toBe(marked);
  });

  test('before a conjunction where there is no comma', () => {
    const marked =
      'Nobody in the whole village had ever seen such a tall tree ▸ before that very strange cold morning came';
    expect(recut(marked, { ...options, maxCharacters: 80 })).toBe(marked);
  });

  test('at spaces where there is nothing else', () => {
    const pieces = segment('word '.repeat(100), options);
    expect(pieces.every(({ text }) => text.length <= 60 && /^(word ?)+$/.test(text))).toBe(true);
    expect(pieces.every(({ pause }) => pause === 'none')).toBe(true);
  });

  test('between words of a script without spaces', () => {
    const pieces = segment('我们今天一起去公园散步'.repeat(20), options);
    expect(pieces.length).toBeGreaterThan(3);
    expect(pieces.every(({ text }) => text.length <= 60)).toBe(true);
  });

  test('an address stays whole', () => {
    const address = `https://example.com/${'path/'.repeat(30)}`;
    expect(segment(`Please look at ${address} for more`, options).map(({ text }) => text)).toContain(address);
  });

  test('a word without end is cut after four times the limit', () => {
    const lengths = segment('a'.repeat(1000), options).map(({ text }) => text.length);
    expect(Math.max(...lengths)).toBe(240);
  });

  test('an address inside a script without spaces stays whole', () => {
    const address = 'https://example.com/one-two-three';
    const text = `${'看'.repeat(10)}${address}${'看'.repeat(30)}`;
    const pieces = segment(text, { firstMaxWords: 1000, maxCharacters: 20 }).map((piece) => piece.text);
    expect(pieces.filter((piece) => piece.includes(address))).toHaveLength(1);
  });

  test('an accent stays with the dash it stands on', () => {
    const [first] = segment('One two three four—\u0301five six seven eight nine ten eleven.');
    expect(first?.text).not.toMatch(/—$/);
  });

  test('a cluster with a surrogate pair inside stays whole', () => {
    const letter = 'ก\u{1F3FB}ำ';
    const pieces = segment(letter.repeat(3), { firstMaxWords: 1000, maxCharacters: 1 });
    expect(pieces.map(({ text }) => text)).toEqual([letter, letter, letter]);
  });

  test('a cluster longer than any limit stays whole', () => {
    const cluster = `a${'\u0301'.repeat(5000)}`;
    expect(segment(cluster + cluster, options).map(({ text }) => text)).toEqual([cluster, cluster]);
  });
});

describe('what is too small joins a neighbour', () => {
  const joins: readonly (readonly [why: string, marked: string])[] = [
    ['short sentences, not the first', 'Hi. ▸ Yes. No. Sure.'],
    ['a short one and the next', 'Hello to you. ▸ Yes. I am quite sure of that now.'],
    ['not over a line', 'Hello to you.\n▸Apples\n▸Pears'],
    ['not over a turn', 'Hello to you.▸<|speaker:1|>Yes.▸<|speaker:2|>No.'],
    ['marks alone go back', 'Here it is.\n***\n▸And on we go.'],
    ['a tag alone goes on', 'Here it is.\n▸(sad)\nIt is over now.'],
    ['a tag at the end goes back', 'Here it is.\n(laugh)'],
    ['nothing but marks', '?!'],
    ['nothing but a tag', '(laugh)'],
  ];
  test.each(joins)('%s', (_, marked) => {
    expect(recut(marked)).toBe(marked);
  });

  test('blank text has no segments', () => {
    expect(segment('')).toEqual([]);
    expect(segment(' \n\t\u3000 ')).toEqual([]);
  });
});

describe('a language nobody knows', () => {
  test.each(['xx', 'not a tag', '', 'en_US', '中文'])('%j is cut all the same', (language) => {
    expect(segment('One is here. Two are there.', { language })).toHaveLength(2);
  });
});

describe('dialogue tags', () => {
  const repeated = (text: string): string[] => {
    const repeat = createSpeakerRepeater();
    return segment(text).map((piece) => repeat(piece.text));
  };

  test('are given again to segments in the middle of a turn', () => {
    const text =
      '<|speaker:0|>How are you now? I have missed you a lot.<|speaker:1|>I am fine. I missed you too.';
    expect(repeated(text)).toEqual([
      '<|speaker:0|>How are you now?',
      '<|speaker:0|>I have missed you a lot.',
      '<|speaker:1|>I am fine.',
      '<|speaker:1|>I missed you too.',
    ]);
  });

  test('are not made up', () => {
    expect(repeated('How are you now? I have missed you.')).toEqual([
      'How are you now?',
      'I have missed you.',
    ]);
  });
});
