import { cardinal, ordinal, pluralOf } from './cardinals.ts';

const ORDINAL = /(?<![\d.,])(\d{1,3}(?:,\d{3}){1,5}|\d{1,18})(?:st|nd|rd|th)\b/gi;
const DECADE = /(?<![\d'A-Za-z])(1[1-9]|20)(\d)0'?s\b/g;
const SHORT_DECADE = /(?<![\dA-Za-z])'?([1-9])0'?s\b/g;

function sayDecade(century: string, tens: string): string {
  if (tens === '0') return century === '20' ? 'two thousands' : `${cardinal(century)} hundreds`;
  return `${cardinal(century)} ${pluralOf(cardinal(`${tens}0`))}`;
}

/** 1st, 1900s, '90s. Read before the units, to which "s" is a second. */
export function readOrdinals(text: string): string {
  return text
    .replace(ORDINAL, (_, digits: string) => ordinal(digits.replaceAll(',', '')))
    .replace(DECADE, (_, century: string, tens: string) => sayDecade(century, tens))
    .replace(SHORT_DECADE, (_, tens: string) => pluralOf(cardinal(`${tens}0`)));
}
