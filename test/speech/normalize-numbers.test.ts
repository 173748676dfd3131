import { describe, expect, it } from 'vitest';
import { normalizeEnglish } from '../../src/speech/normalize/english.ts';

const says = (cases: readonly (readonly [string, string])[]): void => {
  it.each(cases)('%j is said %j', (written, spoken) => {
    expect(normalizeEnglish(written)).toBe(spoken);
  });
};

describe('amounts', () => {
  says([
    ['0', 'zero'],
    ['13', 'thirteen'],
    ['42 apples', 'forty two apples'],
    ['100', 'one hundred'],
    ['911 men', 'nine hundred eleven men'],
    ['1,234', 'one thousand two hundred thirty four'],
    ['1000000', 'one million'],
    ['10,000,001', 'ten million one'],
    ['-5', 'minus five'],
    ['(-0.5)', '(minus zero point five)'],
    ['3.14', 'three point one four'],
    ['.5', 'point five'],
    ['2,500.75', 'two thousand five hundred point seven five'],
    ['007', 'zero zero seven'],
    [
      '1234567890123456789',
      'one two three four five six seven eight nine zero one two three four five six seven eight nine',
    ],
    ['1.000.000', 'one million'],
    ['Is it 5?', 'Is it five?'],
    ['"I am 5," she said.', '"I am five," she said.'],
  ]);
});

describe('ordinals, fractions, percents, ranges', () => {
  says([
    ['1st', 'first'],
    ['22nd', 'twenty second'],
    ['103rd', 'one hundred third'],
    ['30th', 'thirtieth'],
    ['the 21st century', 'the twenty first century'],
    ['1/2', 'one half'],
    ['3/4', 'three quarters'],
    ['2/3', 'two thirds'],
    ['1/3 cup', 'one third cup'],
    ['1 1/2', 'one and a half'],
    ['2½ hours', 'two and a half hours'],
    ['⅞', 'seven eighths'],
    ['50%', 'fifty percent'],
    ['12.5 %', 'twelve point five percent'],
    ['20-30%', 'twenty to thirty percent'],
    ['10-15 people', 'ten to fifteen people'],
    ['pages 3–7', 'pages three to seven'],
    ['1990-1995', 'nineteen ninety to nineteen ninety five'],
    ['2019-20', 'twenty nineteen to twenty'],
    ['a ratio of 3:1', 'a ratio of three to one'],
    ['50/50', 'fifty fifty'],
  ]);
});

describe('years and dates', () => {
  says([
    ['in 1984', 'in nineteen eighty four'],
    ['in 1905', 'in nineteen oh five'],
    ['since 2005', 'since two thousand five'],
    ['by 2024', 'by twenty twenty four'],
    ['the 1900s', 'the nineteen hundreds'],
    ["the '90s", 'the nineties'],
    ['the 1980s', 'the nineteen eighties'],
    ['2000s', 'two thousands'],
    ['1500 people', 'one thousand five hundred people'],
    ['2000 steps', 'two thousand steps'],
    ['2024-03-05', 'March fifth, twenty twenty four'],
    ['3/5/2024', 'March fifth, twenty twenty four'],
    ['25/12/1999', 'December twenty fifth, nineteen ninety nine'],
    ['5.3.2024', 'March fifth, twenty twenty four'],
    ['March 5, 2024', 'March fifth, twenty twenty four'],
    ['on March 5th', 'on March fifth'],
    ['5 March', 'the fifth of March'],
    ['the 4th of July, 1776', 'the fourth of July, seventeen seventy six'],
    ['Jan. 5', 'January fifth'],
    ['Oct 31', 'October thirty first'],
    ['May 2020', 'May twenty twenty'],
    ['Mon-Fri', 'Monday to Friday'],
    ['13/13/2020', 'thirteen slash thirteen slash twenty twenty'],
  ]);
});

describe('times', () => {
  says([
    ['3:45 pm', 'three forty five P M'],
    ['14:30', 'fourteen thirty'],
    ['9am', 'nine A M'],
    ['10:00', "ten o'clock"],
    ['10:05', 'ten oh five'],
    ['10:00 AM', 'ten A M'],
    ['at 5 p.m. She left', 'at five P M. She left'],
    ['at 5 p.m. and', 'at five P M and'],
    ['17:00', 'seventeen hundred'],
    ['9-5 pm', 'nine to five P M'],
    ['12:30:45', 'twelve thirty and forty five seconds'],
  ]);
});

describe('money', () => {
  says([
    ['$3.50', 'three dollars and fifty cents'],
    ['$1', 'one dollar'],
    ['$1.01', 'one dollar and one cent'],
    ['$0.99', 'ninety nine cents'],
    ['£5', 'five pounds'],
    ['€1,200.75', 'one thousand two hundred euros and seventy five cents'],
    ['5€', 'five euros'],
    ['$2.5 million', 'two point five million dollars'],
    ['$1.5M', 'one point five million dollars'],
    ['£3bn', 'three billion pounds'],
    ['99¢', 'ninety nine cents'],
    ['¥500', 'five hundred yen'],
    ['-$5', 'minus five dollars'],
    ['$5-10', 'five to ten dollars'],
    ['$5/month', 'five dollars per month'],
    ['100 USD', 'one hundred U S dollars'],
    ['EUR 50', 'fifty euros'],
    ['a $20 bill', 'a twenty dollar bill'],
  ]);
});

describe('units', () => {
  says([
    ['5 km', 'five kilometers'],
    ['1 km', 'one kilometer'],
    ['10kg', 'ten kilograms'],
    ['70°F', 'seventy degrees Fahrenheit'],
    ['-5.5 °C', 'minus five point five degrees Celsius'],
    ['60 mph', 'sixty miles per hour'],
    ['100 km/h', 'one hundred kilometers per hour'],
    ['5GB', 'five gigabytes'],
    ['3 GHz', 'three gigahertz'],
    ['10-15 km', 'ten to fifteen kilometers'],
    ['5 km²', 'five square kilometers'],
    ['120 sq ft', 'one hundred twenty square feet'],
    ['6 ft. and', 'six feet and'],
    ['5 km. Then', 'five kilometers. Then'],
    [`5'11"`, 'five foot eleven'],
    ['250 ms', 'two hundred fifty milliseconds'],
  ]);
});
