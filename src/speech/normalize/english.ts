import { expandAbbreviations } from './abbreviations.ts';
import { readOrdinals, readRomanNumerals } from './cardinals.ts';
import { tidyCharacters } from './characters.ts';
import { readCodes } from './codes.ts';
import { readDates, readTimes } from './dates.ts';
import { readMoney } from './money.ts';
import { readNumbers } from './numbers.ts';
import { keepSpeech, nameMathSigns, nameSigns } from './symbols.ts';
import { readAcronyms, readMixed } from './tokens.ts';
import { readUnits } from './units.ts';
import { readAddresses } from './web.ts';

/** From the most particular form to the least: what one pass has read is words for the next. */
const PASSES: readonly ((text: string) => string)[] = [
  tidyCharacters,
  readAddresses,
  expandAbbreviations,
  readRomanNumerals,
  readDates,
  readTimes,
  readMoney,
  readCodes,
  readOrdinals,
  nameMathSigns,
  readUnits,
  readMixed,
  readNumbers,
  readAcronyms,
  nameSigns,
  keepSpeech,
];

/**
 * Written English to the words that are said. Keeps the marks `. , ; : ! ? … — ( ) "`; newlines become spaces.
 * Never throws; the result has no digits, no double spaces, and costs time linear in the text: every pattern is
 * bounded or anchored, so none backtracks over more than a token.
 */
export function normalizeEnglish(text: string): string {
  return PASSES.reduce((spoken, pass) => pass(spoken), text);
}
