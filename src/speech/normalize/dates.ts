import { cardinal, ordinal, year } from './cardinals.ts';

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

const ISO = /(?<![\d/-])(\d{4})([-/])(\d{2})\2(\d{2})(?![\d/-])/g;
/** Without a year only where a day is told: "due 3/4", "on 7/4 and 12/25". */
const DAY_LIST =
  /(?<=\b(?:on|by|until|due|since|dated|today is|tomorrow is) )\d{1,2}\/\d{1,2}(?:(?:,| and| or| to) \d{1,2}\/\d{1,2}){0,3}(?![\d/-]|\.\d| of\b|\s?(?:cup|inch|in|mile|hour|tsp|tbsp)s?\b)/gi;
const MONTHS_RANGE = new RegExp(`\\b(${MONTH})\\s?[-–]\\s?(?=${MONTH}(?![\\p{L}]))`, 'gu');
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
  `\\b(${Object.keys(WEEKDAYS).join('|')})(?:\\.|(?=, )|(?= (?:the \\w+ of )?(?:${MONTHS.join('|')})\\b)|(?= the \\w+ \\w+ of (?:${MONTHS.join('|')})\\b)|(?<= to (?:Mon|Tue|Wed|Thu|Fri|Sat|Sun))\\b)`,
  'g',
);

export function readDates(text: string): string {
  return text
    .replace(MONTHS_RANGE, (_, month: string) => `${monthName(month)} to `)
    .replace(DAY_LIST, (days) =>
      days.replace(/(\d{1,2})\/(\d{1,2})/g, (match, month: string, day: string) =>
        Number(month) < 1 || Number(month) > 12 || Number(day) < 1 || Number(day) > 31
          ? match
          : `${MONTHS[Number(month) - 1]} ${ordinal(day)}`,
      ),
    )
    .replace(ISO, (match, y: string, _, m: string, d: string) => sayDate(y, Number(m), Number(d), match))
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

const HALF_DAY = '(a\\.m\\.|p\\.m\\.|am|pm|AM|PM|A\\.M\\.|P\\.M\\.|a\\.m|p\\.m)';
const CLOCK = new RegExp(
  `(?<![\\d:.])(\\d{1,2}):(\\d{2})(?::(\\d{2}))?(?![\\d:])(?:\\s?${HALF_DAY}(?![A-Za-z]))?`,
  'g',
);
const HOUR = new RegExp(`(?<![\\d:.,])(\\d{1,2})\\s?${HALF_DAY}(?![A-Za-z])`, 'g');
const HOUR_RANGE = new RegExp(
  `(?<![\\d:.,])(\\d{1,2})\\s?[-–]\\s?(?=\\d{1,2}(?::\\d{2})?\\s?${HALF_DAY}(?![A-Za-z]))`,
  'g',
);
const LONE = /(?<![A-Za-z.])([aApP])\.\s?[mM]\.?(?![A-Za-z])/g;

/** "a.m." -> "A M"; its dot stays where it ends the text or the sentence. */
function sayHalfDay(written: string | undefined, after: string): string {
  if (written === undefined) return '';
  const ends = written.endsWith('.') && (after.trim() === '' || /^\s+\p{Lu}/u.test(after));
  return ` ${written[0]!.toUpperCase()} M${ends ? '.' : ''}`;
}

const LOOKAHEAD = 4;

function sayMinutes(hour: string, minutes: string, halfDay: boolean): string {
  const spoken = cardinal(String(Number(hour)));
  if (minutes === '00') {
    if (halfDay) return spoken;
    return Number(hour) > 12 || Number(hour) === 0 ? `${spoken} hundred` : `${spoken} o'clock`;
  }
  return `${spoken} ${minutes.startsWith('0') ? `oh ${cardinal(minutes[1]!)}` : cardinal(minutes)}`;
}

/** 2 p.m.–4 p.m. */
const HALF_DAY_RANGE = new RegExp(`(?<=\\d\\s?${HALF_DAY})\\s?[-–]\\s?(?=\\d)`, 'g');
const ZONE = /\b(UTC|GMT)\s?([+-])(?=\d)/g;
/** 0900 hours */
const MILITARY = /(?<![\d.,])0(\d)00(?= (?:hours|hrs)\b)/g;
/** 1h 30m */
const SPAN = /(?<![\w.,])(\d{1,3})\s?h\s?(\d{1,2})\s?m(?:in)?(?![\w])/g;
const CLOCK_RANGE = /(?<![\d:.])(\d{1,2}:\d{2})\s?[-–]\s?(?=\d{1,2}:\d{2}(?![\d:]))/g;

/** 3:45 pm, 14:30, 9am, 9-5 pm; what cannot be a time of day is left to the numbers ("3:1"). */
export function readTimes(text: string): string {
  const after = (whole: string, offset: number, match: string): string =>
    whole.slice(offset + match.length, offset + match.length + LOOKAHEAD);
  return text
    .replace(CLOCK_RANGE, '$1 to ')
    .replace(HALF_DAY_RANGE, ' to ')
    .replace(ZONE, (_, zone: string, sign: string) => `${zone} ${sign === '+' ? 'plus' : 'minus'} `)
    .replace(MILITARY, (_, hour: string) => `oh ${cardinal(hour)} hundred`)
    .replace(SPAN, (_, hours: string, minutes: string) => `${hours} hr ${minutes} min`)
    .replace(
      CLOCK,
      (
        match,
        hour: string,
        minutes: string,
        seconds: string | undefined,
        half: string | undefined,
        offset: number,
        whole: string,
      ) => {
        if (Number(hour) > 24 || Number(minutes) > 59) return match;
        const spoken = sayMinutes(hour, minutes, half !== undefined || seconds !== undefined);
        const rest =
          seconds === undefined
            ? ''
            : ` and ${cardinal(String(Number(seconds)))} second${seconds === '01' ? '' : 's'}`;
        return spoken + rest + sayHalfDay(half, after(whole, offset, match));
      },
    )
    .replace(HOUR_RANGE, (_, hour: string) => `${cardinal(String(Number(hour)))} to `)
    .replace(HOUR, (match, hour: string, half: string, offset: number, whole: string) =>
      Number(hour) > 24
        ? match
        : cardinal(String(Number(hour))) + sayHalfDay(half, after(whole, offset, match)),
    )
    .replace(LONE, (match, letter: string, offset: number, whole: string) =>
      sayHalfDay(`${letter}.m${match.endsWith('.') ? '.' : ''}`, after(whole, offset, match)).trim(),
    );
}
