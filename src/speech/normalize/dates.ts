import { ordinal, year } from './cardinals.ts';

const MONTHS = 'January February March April May June July August September October November December'.split(
  ' ',
);
/** "May" needs no short form; "Mar" and "Sun" only count beside a day or with their dot. */
const SHORT = 'Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec';
const MONTH = `(?:${MONTHS.join('|')}|(?:${SHORT})\\b\\.?)`;
const WEEKDAYS: Readonly<Record<string, string>> = {
  Mon: 'Monday',
  Tue: 'Tuesday',
  Tues: 'Tuesday',
  Wed: 'Wednesday',
  Thu: 'Thursday',
  Thur: 'Thursday',
  Thurs: 'Thursday',
  Fri: 'Friday',
  Sat: 'Saturday',
  Sun: 'Sunday',
};

const monthName = (written: string): string =>
  MONTHS.find((month) => month.startsWith(written.replace('.', '').slice(0, 3))) ?? written;

function sayDate(yearDigits: string, month: number, day: number, match: string): string {
  if (month < 1 || month > 12 || day < 1 || day > 31) return match;
  return `${MONTHS[month - 1]} ${ordinal(String(day))}, ${sayYear(yearDigits)}`;
}

const sayYear = (digits: string): string =>
  digits.length === 4 ? year(digits) : year(`${Number(digits) < 50 ? 20 : 19}${digits}`);

const ISO = /(?<![\d-])(\d{4})-(\d{2})-(\d{2})(?![\d-])/g;
/** Month first as in the United States, unless the first number cannot be a month. */
const SLASHED = /(?<![\d/])(\d{1,2})\/(\d{1,2})\/(\d{4}|\d{2})(?![\d/])/g;
/** With dots the day comes first, as in Europe. */
const DOTTED = /(?<![\d.])(\d{1,2})\.(\d{1,2})\.(\d{4})(?!\d|\.\d)/g;
const MONTH_DAY = new RegExp(
  `\\b(${MONTH})\\s?(\\d{1,2})(?:st|nd|rd|th)?\\b(?![:/\\d%]|[.,]\\d|\\s?(?:am|pm|a\\.m|p\\.m)\\b)(?:\\s*[-–]\\s*(\\d{1,2})(?:st|nd|rd|th)?\\b(?![:/\\d]))?(?:(,?\\s)(\\d{4})\\b(?![,.]\\d|:))?`,
  'g',
);
const DAY_MONTH = new RegExp(
  `(?<![\\d:/.,-]|\\$)(?:\\b[Tt]he )?\\b(\\d{1,2})(?:st|nd|rd|th)?(?: of)? (${MONTH})(?:(,?\\s)(\\d{4})\\b(?![,.]\\d|:))?`,
  'g',
);
const MONTH_YEAR = new RegExp(`\\b(${MONTH}),?\\s(\\d{4})\\b(?![,.]\\d|:)`, 'g');
const LONE_MONTH = new RegExp(`\\b(${SHORT})\\.(?=\\s?\\p{L})`, 'gu');
const WEEKDAY = new RegExp(
  `\\b(${Object.keys(WEEKDAYS).join('|')})(?:\\.|(?=, )|(?<= to (?:Mon|Tue|Wed|Thu|Fri|Sat|Sun))\\b)`,
  'g',
);

export function readDates(text: string): string {
  return text
    .replace(ISO, (match, y: string, m: string, d: string) => sayDate(y, Number(m), Number(d), match))
    .replace(SLASHED, (match, a: string, b: string, y: string) => {
      const monthFirst = Number(a) <= 12;
      return sayDate(y, Number(monthFirst ? a : b), Number(monthFirst ? b : a), match);
    })
    .replace(DOTTED, (match, d: string, m: string, y: string) => sayDate(y, Number(m), Number(d), match))
    .replace(MONTH_DAY, (match, month: string, day: string, last?: string, comma?: string, y?: string) => {
      if (Number(day) < 1 || Number(day) > 31) return match;
      const range = last === undefined ? '' : ` to ${ordinal(last)}`;
      return `${monthName(month)} ${ordinal(day)}${range}${y === undefined ? '' : `${comma!.trim() === '' ? ',' : ','} ${year(y)}`}`;
    })
    .replace(DAY_MONTH, (match, day: string, month: string, _comma?: string, y?: string) => {
      if (Number(day) < 1 || Number(day) > 31) return match;
      return `the ${ordinal(day)} of ${monthName(month)}${y === undefined ? '' : `, ${year(y)}`}`;
    })
    .replace(MONTH_YEAR, (_, month: string, y: string) => `${monthName(month)} ${year(y)}`)
    .replace(LONE_MONTH, (_, month: string) => monthName(month))
    .replace(WEEKDAY, (_, day: string) => WEEKDAYS[day]!);
}
