import { describe, expect, it } from 'vitest';
import { normalizeEnglish } from '../../src/speech/normalize/english.ts';

const says = (cases: readonly (readonly [string, string])[]): void => {
  it.each(cases)('%j is said %j', (written, spoken) => {
    expect(normalizeEnglish(written)).toBe(spoken);
  });
};

describe('roads and addresses', () => {
  says([
    ['Take Route 66 W to the city.', 'Take Route sixty six West to the city.'],
    ['I-95 S, exit 4', 'I ninety five South, exit four'],
    ['A 5 W lamp on Route 5', 'A five watts lamp on Route five'],
    ['123 N Main St, Springfield', 'one hundred twenty three North Main Street, Springfield'],
    ['100 NE 5th Ave', 'one hundred Northeast fifth Avenue'],
    ['22 Elm Dr and 4 Oak Rd', 'twenty two Elm Drive and four Oak Road'],
    ['Head NW for 2 mi.', 'Head Northwest for two miles.'],
    [
      '1600 Pennsylvania Ave NW, Washington, DC 20500.',
      'sixteen hundred Pennsylvania Avenue Northwest, Washington, D C two zero five zero zero.',
    ],
    ['Beverly Hills, CA 90210', 'Beverly Hills, California nine zero two one zero'],
    ['Austin, TX 78701-1234', 'Austin, Texas seven eight seven zero one, one two three four'],
    ['Ave Maria', 'Ave Maria'],
    ['SOLD IN 10000 SHOPS', 'sold in ten thousand shops'],
    ['I met 3 Dr Smiths', 'I met three Doctor Smiths'],
    ['I sold 12500 in May', 'I sold twelve thousand five hundred in May'],
  ]);
});

describe('the kitchen', () => {
  says([
    ['Add 2 tbsp sugar and 1 tsp salt.', 'Add two tablespoons sugar and one teaspoon salt.'],
    ['1 qt milk, 8 fl oz cream', 'one quart milk, eight fluid ounces cream'],
    ['1 1/2 tsp or ¾ cup', 'one and a half teaspoons or three quarters cup'],
    ['1/2 tsp, 3/4 hr, 2 1/8 mi', 'half a teaspoon, three quarters of an hour, two and an eighth miles'],
  ]);
});

describe('names of programs', () => {
  says([
    ['Run npm install in src.', 'Run N P M install in S R C.'],
    ['the css and the html', 'the C S S and the H T M L'],
    ['Use camelCase and getElementById.', 'Use camel Case and get Element By Id.'],
    ['JavaScript, YouTube and OpenAI', 'Java Script, You Tube and Open A I'],
    ['iPhone, eBay, McDonald, LaTeX', 'iPhone, eBay, McDonald, LaTeX'],
    ['We use .NET, and .env files.', 'We use dot net, and dot env files.'],
    ['Node.js is fast.', 'Node dot js is fast.'],
  ]);
});

describe('sounds and short words without a vowel', () => {
  says([
    ['Hmm, psst, brr.', 'Hmm, psst, brr.'],
    ['tsk, hmm, the nth time', 'tsk, hmm, the nth time'],
    ['mr and mrs smith', 'mr and mrs smith'],
  ]);
});

describe('capitals that are a word too', () => {
  says([
    ['The WHO said so.', 'The W H O said so.'],
    ['WHO IS THERE?', 'who is there?'],
    ['THE WHO SAID NO', 'the who said no'],
  ]);
});
