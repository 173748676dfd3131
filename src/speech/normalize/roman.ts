import { cardinal, ordinal } from './cardinals.ts';

/** Roman numerals stand behind a heading word ("Chapter IV"), a monarch ("Henry VIII") or another capitalised word. */
const HEADINGS =
  'Chapter|Part|Act|Scene|Volume|Vol|Book|Section|Appendix|Phase|Type|Grade|Level|Article|Title|War|Bowl|Class|Stage|Episode|Season|Figure|Table|Mark|Schedule';
const MONARCHS =
  'Henry|Louis|Elizabeth|George|Edward|Charles|William|James|Richard|Philip|Pius|Paul|Benedict|Alexander|Catherine|Nicholas|Napoleon|Francis|Leo|Gregory|Mary|Frederick|Ferdinand|Peter|Ivan|Clement|Innocent|Urban|Ramses|Haakon|Gustav|Christian|Margaret|Wilhelm|Otto|Leopold|Albert|Carlos|Boniface|Julius|Xerxes|Darius';
const DIGITS: Readonly<Record<string, number>> = { I: 1, V: 5, X: 10, L: 50, C: 100, D: 500, M: 1000 };
const WELL_FORMED = /^M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})$/;

const AFTER_HEADING = new RegExp(`\\b(${HEADINGS}) ([IVXLC]{1,8})\\b(?!')`, 'g');
const AFTER_MONARCH = new RegExp(`\\b(${MONARCHS}) ([IVX]{2,6}|[VX])\\b(?!')`, 'g');
/** "Elizabeth I" only where "I" cannot be the pronoun. */
const THE_FIRST = new RegExp(`\\b(${MONARCHS}) I(?=[,.;:!?)]|'s| of | was | died |$)`, 'g');
const AFTER_NAME = /\b(\p{Lu}\p{Ll}{2,20}) ([IVX]{2,6})\b(?!')/gu;

/** The value of a well-formed numeral, as digits. */
function numeralValue(numeral: string): string | undefined {
  if (!WELL_FORMED.test(numeral)) return undefined;
  let value = 0;
  for (let i = 0; i < numeral.length; i++) {
    const here = DIGITS[numeral[i]!]!;
    value += here < (DIGITS[numeral[i + 1] ?? ''] ?? 0) ? -here : here;
  }
  return String(value);
}

export function readRomanNumerals(text: string): string {
  const asCardinal = (match: string, word: string, numeral: string): string => {
    const value = numeralValue(numeral);
    return value === undefined ? match : `${word} ${cardinal(value)}`;
  };
  return text
    .replace(AFTER_HEADING, asCardinal)
    .replace(AFTER_MONARCH, (match, name: string, numeral: string) => {
      const value = numeralValue(numeral);
      return value === undefined ? match : `${name} the ${ordinal(value)}`;
    })
    .replace(THE_FIRST, '$1 the first')
    .replace(AFTER_NAME, asCardinal);
}
