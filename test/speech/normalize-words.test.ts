import { describe, expect, it } from 'vitest';
import { normalize, normalizeEnglish } from '../../src/speech/normalize/english.ts';

const says = (cases: readonly (readonly [string, string])[]): void => {
  it.each(cases)('%j is said %j', (written, spoken) => {
    expect(normalizeEnglish(written)).toBe(spoken);
  });
};

describe('abbreviations', () => {
  says([
    ['Dr. Smith', 'Doctor Smith'],
    ['Mr Jones and Mrs. Jones', 'Mister Jones and Missus Jones'],
    ['on Main St. in St. Louis', 'on Main Street in Saint Louis'],
    ['Ocean Dr. is', 'Ocean Drive is'],
    ['e.g. this', 'for example this'],
    ['i.e., that', 'that is, that'],
    ['cats, dogs, etc.', 'cats, dogs, et cetera.'],
    ['cats etc. and', 'cats et cetera and'],
    ['No. 5', 'number five'],
    ['No. I won.', 'No. I won.'],
    ['A vs. B', 'A versus B'],
    ['approx. 10 a.m.', 'approximately ten A M.'],
    ['pp. 12-15, Fig. 3', 'pages twelve to fifteen, figure three'],
    ['Smith Jr. said', 'Smith Junior said'],
    ['Acme Inc.', 'Acme Incorporated.'],
    ['Mt. Everest', 'Mount Everest'],
    ['Ph.D.', 'P H D'],
    ['w/ milk, w/o sugar', 'with milk, without sugar'],
  ]);
});

describe('capitals', () => {
  says([
    ['NASA and the FBI', 'NASA and the F B I'],
    ['GPUs over HTTP', "G P U's over H T T P"],
    ["the CEO's car", "the C E O's car"],
    ['The U.S. is', 'The U S is'],
    ['the U.S.A.', 'the U S A.'],
    ['AT&T, R&D', 'A T and T, R and D'],
    ['STOP RIGHT THERE!', 'stop right there!'],
    ['This is IMPORTANT.', 'This is important.'],
    ['I AM HERE', 'I am here'],
    ['the IT team in the US', 'the I T team in the U S'],
    ['iPhone and McDonald', 'iPhone and McDonald'],
  ]);
});

describe('roman numerals', () => {
  says([
    ['Henry VIII', 'Henry the eighth'],
    ['Elizabeth II of England', 'Elizabeth the second of England'],
    ['Charles I, king', 'Charles the first, king'],
    ['Charles I think', 'Charles I think'],
    ['Chapter IV', 'Chapter four'],
    ['World War II', 'World War two'],
    ['Rocky III', 'Rocky three'],
    ['Part IIII', 'Part I I I I'],
  ]);
});

describe('addresses, codes and signs', () => {
  says([
    ['john.doe@example.com', 'john dot doe at example dot com'],
    ['https://www.example.com/a?x=1.', 'W W W dot example dot com slash A question mark X equals one.'],
    ['see example.org/docs', 'see example dot org slash docs'],
    ['#ThrowbackThursday', 'hashtag Throwback Thursday'],
    ['@some_user', 'at some user'],
    ['v2.0.1', 'version two point zero point one'],
    ['192.168.0.1', 'one ninety two dot one sixty eight dot zero dot one'],
    ['555-123-4567', 'five five five, one two three, four five six seven'],
    ['(555) 123-4567', 'five five five, one two three, four five six seven'],
    ['+1 555 123 4567', 'plus one, five five five, one two three, four five six seven'],
    ['555-1234', 'five five five, one two three four'],
    ['2 + 2 = 4', 'two plus two equals four'],
    ['5 × 3', 'five times three'],
    ['5 - 3', 'five minus three'],
    ['±2', 'plus or minus two'],
    ['3 < 4 > 2', 'three less than four greater than two'],
    ['#1', 'number one'],
    ['Tom & Jerry', 'Tom and Jerry'],
    ['he/she and/or', 'he slash she and or'],
    ['snake_case', 'snake case'],
    ['C++ and C#', 'C plus plus and C sharp'],
    ['24/7', 'twenty four seven'],
    ['1920x1080', 'nineteen twenty by ten eighty'],
    ['foo.ts', 'foo dot T S'],
  ]);
});

describe('letters with digits', () => {
  says([
    ['R2D2', 'R two D two'],
    ['4K', 'four K'],
    ['mp3', 'M P three'],
    ['MP3s', 'M P threes'],
    ['COVID-19', 'COVID nineteen'],
    ['B2B', 'B two B'],
    ['A320', 'A three twenty'],
    ['H₂O', 'H two O'],
    ['GPT-4o', 'G P T four O'],
    ['10x', 'ten times'],
    ['60-year-old', 'sixty-year-old'],
    ['٣ and १२', 'three and twelve'],
  ]);
});

describe('marks', () => {
  says([
    ['‘smart’ “quotes”', '\'smart\' "quotes"'],
    ['a – b -- c—d', 'a — b — c—d'],
    ['Wait... what?!', 'Wait… what?!'],
    ['one\n\ntwo\tthree', 'one two three'],
    ['😀 hello 👨‍👩‍👧 world', 'hello world'],
    ['**bold** `code` [x]', "bold 'code' x"],
    ['well-known (ok); fine: yes!', 'well-known (ok); fine: yes!'],
    ['', ''],
    ['  \n ', ''],
  ]);
});

describe('control tags', () => {
  it.each(['en-US', 'vi'])('are never words in %s', (language) => {
    expect(normalize('<|speaker:0|>Hi there.<|speaker:1|> Ho.', language)).toBe('Hi there. Ho.');
  });
});

describe('languages', () => {
  it('rewrites English of every region', () => {
    expect(normalize('5 km', 'en-GB')).toBe('five kilometers');
    expect(normalize('5 km', 'EN')).toBe('five kilometers');
  });

  it('only tidies other languages', () => {
    expect(normalize(' “Giá”  5\u00a0km ', 'vi')).toBe('"Giá" 5 km');
  });
});
