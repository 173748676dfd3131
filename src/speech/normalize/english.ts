import { expandAbbreviations } from './abbreviations.ts';
import { readOrdinals, readRomanNumerals } from './cardinals.ts';
import { readDates, readTimes } from './dates.ts';
import { readMoney } from './money.ts';
import { readNumbers } from './numbers.ts';
import { readPlaces } from './places.ts';
import {
  keepSpeech,
  nameMathSigns,
  nameSigns,
  tidyCharacters,
  tidyQuotesAndDashes,
  tidySpaces,
} from './symbols.ts';
import { readAcronyms, readCodes, readMixed, splitCamelCase } from './tokens.ts';
import { readUnits } from './units.ts';
import { readAddresses } from './web.ts';

/**
 * Written text to spoken text in a language (BCP 47, "en-GB"). English is rewritten; in other languages only spaces,
 * quotes and dashes are made even, because their phonemizer reads numbers itself.
 */
export function normalize(text: string, language: string): string {
  const primary = language.toLowerCase().split(/[-_]/)[0];
  const spoken = text.replace(controlTag, ' ');
  return primary === 'en' ? normalizeEnglish(spoken) : tidySpaces(tidyQuotesAndDashes(spoken));
}

/** Fish-Speech's control tags, `<|speaker:0|>`: directions to a generative model, never words. */
const controlTag = /<\|[^|<>]{0,64}\|>/g;

/** From the most particular form to the least: what one pass has read is words for the next. */
const PASSES: readonly ((text: string) => string)[] = [
  tidyCharacters,
  readAddresses,
  readPlaces,
  splitCamelCase,
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
