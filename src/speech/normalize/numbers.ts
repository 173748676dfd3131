import { cardinal, decimal, digitByDigit, ordinalOf, pluralOf, year } from './cardinals.ts';
import { NUMBER } from './units.ts';

const MIXED_FRACTION = /(?<![\d/.,])(\d{1,9}) (\d{1,3})\/(\d{1,3})(?![\d/])/g;
const FRACTION = /(?<![\d/.,A-Za-z])(\d{1,3})\/(\d{1,3})(?![\d/])/g;
const YEAR_RANGE = /(?<![\d.,-])(1[1-9]\d{2}|20\d{2})\s?[-–]\s?(1[1-9]\d{2}|20\d{2}|\d{2})(?![\d.,-]\d|\d)/g;
/** Behind these a four-digit number counts something. */
const COUNTED =
  '(?!\\s(?:people|men|women|children|percent|million|billion|thousand|times|more|fewer|[a-z]{2,20}(?<!i|ou|u)s\\b(?<!\\b(?:is|was|has|as|this|its|does|us|perhaps|plus|versus|always)\\b)))';
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

function sayFraction(top: string, bottom: string): string {
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
    .replace(MIXED_FRACTION, (_, whole: string, top: string, bottom: string) => {
      const fraction = sayFraction(top, bottom).replace(/^one /, 'a ');
      return `${cardinal(whole)} and ${fraction === 'a eighth' ? 'an eighth' : fraction}`;
    })
    .replace(FRACTION, (_, top: string, bottom: string) => sayFraction(top, bottom))
    .replace(YEAR_RANGE, (_, from: string, to: string) => sayYearRange(from, to))
    .replace(
      RANGE,
      (match, from: string, to: string) =>
        `${decimal(from)} ${/\s-\s/.test(match) ? 'minus' : 'to'} ${decimal(to)}`,
    )
    .replace(RATIO, (_, a: string, b: string) => `${cardinal(a)} to ${cardinal(b)}`)
    .replace(YEAR, (digits) => year(digits))
    .replace(POINT_START, (_, digits: string) => ` point ${digitByDigit(digits)}`)
    .replace(/(?<=\d)[-–](?=\d)/g, ' ')
    .replace(PLAIN, (amount) => decimal(amount))
    .replace(DIGITS, (digits) => ` ${digitByDigit(digits)} `);
}
