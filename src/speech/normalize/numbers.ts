import { cardinal, codeNumber, decimal, digitByDigit, ordinalOf, pluralOf, year } from './cardinals.ts';

/** An amount, bounded so that a match is short. */
export const NUMBER = '\\d{1,3}(?:,\\d{3}){1,5}(?:\\.\\d{1,18})?|\\d{1,18}(?:\\.\\d{1,18})?';

/** One and a half. */
export function sayMixed(whole: string, top: string, bottom: string): string {
  const fraction = sayFraction(top, bottom)
    .replace(/^one (?=eighth$)/, 'an ')
    .replace(/^one /, 'a ');
  return `${cardinal(whole)} and ${fraction}`;
}

const MIXED_FRACTION = /(?<![\d/.,])(\d{1,9}) (\d{1,3})\/(\d{1,3})(?![\d/])/g;
const FRACTION = /(?<![\d/.,A-Za-z])(\d{1,3})\/(\d{1,3})(?![\d/])/g;
/** 50/50, 80-20: parts of a hundred. */
const SHARES = /(?<![\d/.,-])([1-9]\d)[-/]([1-9]\d)(?![\d/.,-])/g;
const HUNDRED = 100;
/** pages 3 - 5 */
const SPACED_RANGE =
  /(?<=\b(?:pages|chapters|ages|aged|lines|verses|items|steps|weeks|days|rooms|grades|levels|years) \d{1,5})\s-\s(?=\d)/g;
/** A number that is a name: RTX 4090, form 1099, a 404 error. */
const NUMBERED =
  /(?<=\b(?:[A-Z]{2,5}|[Ff]orms?|[Ff]lights?|[Rr]ooms?|[Pp]orts?|[Gg]ates?|[Rr]outes?|[Hh]ighway|[Mm]odels?|[Bb]us|[Aa]rea code) )\d{3,4}(?![\d,%]|\.\d| (?:people|men|women|times))|(?<![\d.,$])\d{3}(?= (?:error|page)s?\b)/g;
const YEAR_RANGE = /(?<![\d.,-])(1[1-9]\d{2}|20\d{2})\s?[-–]\s?(1[1-9]\d{2}|20\d{2}|\d{2})(?![\d.,-]\d|\d)/g;
/** Behind these a four-digit number counts something. */
const COUNTED =
  '(?!\\s(?:people|men|women|children|percent|million|billion|thousand|times|more|fewer|[a-z]{2,20}(?<!i|ou|u)s\\b(?<!\\b(?:is|was|has|as|this|its|does|us|perhaps|plus|versus|always)\\b)))';
/** Earlier than other numbers are years, where one is told: "in 1066". */
const EARLY_YEAR = new RegExp(
  `(?<=\\b(?:in|since|until|by|before|after|circa|year|from) )(10\\d{2})(?!\\d|[.,]\\d|-\\d)${COUNTED}`,
  'gi',
);
const YEAR = new RegExp(`(?<![\\d.,$#-])(1[1-9]\\d{2}|20\\d{2})(?![\\d]|[.,]\\d|-\\d)${COUNTED}`, 'g');
const RANGE = new RegExp(`(?<![\\d.,A-Za-z-])(${NUMBER})\\s?[-–]\\s?(${NUMBER})(?![\\d-])`, 'g');
const RATIO = /(?<![\d:.,])(\d{1,9}):(\d{1,9})(?![\d:])/g;
const POINT_START = /(?<![\d.])\.(\d{1,18})(?!\d)/g;
const PLAIN = new RegExp(`(?<![\\d.])(?:${NUMBER})(?!\\d)`, 'g');
const DIGITS = /\d+/g;

const FRACTION_NAMES: Readonly<Record<string, readonly [string, string]>> = {
  '2': ['half', 'halves'],
  '4': ['quarter', 'quarters'],
};
const MAX_DENOMINATOR = 100;

export function sayFraction(top: string, bottom: string): string {
  const denominator = Number(bottom);
  if (denominator < 2 || denominator > MAX_DENOMINATOR || Number(top) >= denominator * 10) {
    return `${cardinal(top)} over ${cardinal(bottom)}`;
  }
  const one = ordinalOf(cardinal(String(denominator)));
  const [single, several] = FRACTION_NAMES[String(denominator)] ?? [one, pluralOf(one)];
  return `${cardinal(top)} ${Number(top) === 1 ? single : several}`;
}

function sayYearRange(from: string, to: string): string {
  return `${year(from)} to ${to.length === 2 ? cardinal(to.startsWith('0') ? to[1]! : to) : year(to)}`;
}

/** Every digit that earlier passes left: fractions, years, ranges, amounts, and codes at last. */
export function readNumbers(text: string): string {
  return text
    .replace(MIXED_FRACTION, (_, whole: string, top: string, bottom: string) => sayMixed(whole, top, bottom))
    .replace(SHARES, (match, a: string, b: string) =>
      Number(a) + Number(b) === HUNDRED ? `${cardinal(a)} ${cardinal(b)}` : match,
    )
    .replace(FRACTION, (_, top: string, bottom: string) => sayFraction(top, bottom))
    .replace(SPACED_RANGE, '-')
    .replace(NUMBERED, codeNumber)
    .replace(YEAR_RANGE, (_, from: string, to: string) => sayYearRange(from, to))
    .replace(
      RANGE,
      (match, from: string, to: string) =>
        `${decimal(from)} ${/\s-\s/.test(match) ? 'minus' : 'to'} ${decimal(to)}`,
    )
    .replace(RATIO, (_, a: string, b: string) => `${cardinal(a)} to ${cardinal(b)}`)
    .replace(EARLY_YEAR, (digits) => year(digits))
    .replace(YEAR, (digits) => year(digits))
    .replace(POINT_START, (_, digits: string) => ` point ${digitByDigit(digits)}`)
    .replace(/(?<=\d)[-–](?=\d)/g, ' ')
    .replace(PLAIN, (amount) => decimal(amount))
    .replace(DIGITS, (digits) => ` ${digitByDigit(digits)} `);
}
