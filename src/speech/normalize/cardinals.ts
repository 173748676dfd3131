/** Numbers to English words. Inputs are strings of ASCII digits, so no precision is lost. */
const ONES = (
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen ' +
  'seventeen eighteen nineteen'
).split(' ');
const TENS = '- - twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');
const SCALES = ['', 'thousand', 'million', 'billion', 'trillion', 'quadrillion'];
/** Longer strings are codes, not amounts: nobody says a quintillion. */
const MAX_AMOUNT = 18;

const IRREGULAR: Readonly<Record<string, string>> = {
  one: 'first',
  two: 'second',
  three: 'third',
  five: 'fifth',
  eight: 'eighth',
  nine: 'ninth',
  twelve: 'twelfth',
};

/** "407" -> "four zero seven" */
export function digitByDigit(digits: string): string {
  return [...digits].map((digit) => ONES[Number(digit)]!).join(' ');
}

function belowHundred(value: number): string {
  if (value < 20) return ONES[value]!;
  const rest = value % 10;
  return TENS[Math.floor(value / 10)]! + (rest === 0 ? '' : ` ${ONES[rest]}`);
}

function belowThousand(value: number): string {
  if (value < 100) return belowHundred(value);
  const rest = value % 100;
  return `${ONES[Math.floor(value / 100)]} hundred${rest === 0 ? '' : ` ${belowHundred(rest)}`}`;
}

/** "1234" -> "one thousand two hundred thirty four"; codes ("007", very long ones) digit by digit. */
export function cardinal(digits: string): string {
  const leadingZero = digits.length > 1 && digits.startsWith('0');
  if (leadingZero || digits.length > MAX_AMOUNT) return digitByDigit(digits);
  if (Number(digits) === 0) return ONES[0]!;
  const words: string[] = [];
  const groups = Math.ceil(digits.length / 3);
  for (let group = 0; group < groups; group++) {
    const end = digits.length - 3 * (groups - 1 - group);
    const value = Number(digits.slice(Math.max(0, end - 3), end));
    if (value === 0) continue;
    words.push(belowThousand(value));
    const scale = SCALES[groups - 1 - group]!;
    if (scale !== '') words.push(scale);
  }
  return words.join(' ');
}

/** "three hundred forty two" -> "three hundred forty second" */
export function ordinalOf(words: string): string {
  const cut = words.lastIndexOf(' ') + 1;
  const last = words.slice(cut);
  const ending = IRREGULAR[last] ?? (last.endsWith('y') ? `${last.slice(0, -1)}ieth` : `${last}th`);
  return words.slice(0, cut) + ending;
}

export const ordinal = (digits: string): string => ordinalOf(cardinal(digits.replace(/^0+(?=\d)/, '')));

/** "1,234.50" -> "one thousand two hundred thirty four point five zero"; commas are thousands separators. */
export function decimal(text: string): string {
  const [whole = '', fraction] = text.replaceAll(',', '').split('.');
  const spoken = cardinal(whole === '' ? '0' : whole);
  return fraction === undefined || fraction === '' ? spoken : `${spoken} point ${digitByDigit(fraction)}`;
}

/** Four digits as a year: "1984" nineteen eighty four, "1905" nineteen oh five, "2005" two thousand five. */
export function year(digits: string): string {
  const century = Number(digits.slice(0, 2));
  const rest = Number(digits.slice(2));
  if (century % 10 === 0 && rest < 10) return cardinal(digits);
  if (rest === 0) return `${belowHundred(century)} hundred`;
  return `${belowHundred(century)} ${rest < 10 ? `oh ${ONES[rest]}` : belowHundred(rest)}`;
}

/** Digits in a name, as people read them: "747" seven forty seven, "4090" forty ninety, "19" nineteen. */
export function codeNumber(digits: string): string {
  if (digits.length <= 2 || digits.startsWith('0') || digits.length > 4) {
    return digits.length <= 2 ? cardinal(digits) : digitByDigit(digits);
  }
  if (digits.endsWith('00')) return cardinal(digits);
  if (digits.length === 4) return year(digits);
  const rest = digits.slice(1);
  return `${ONES[Number(digits[0])]} ${rest.startsWith('0') ? `oh ${ONES[Number(rest[1])]}` : belowHundred(Number(rest))}`;
}

/** "six" -> "sixes", "thirty" -> "thirties" */
export function pluralOf(words: string): string {
  if (words.endsWith('y')) return `${words.slice(0, -1)}ies`;
  return words.endsWith('x') ? `${words}es` : `${words}s`;
}

const ORDINAL = /(?<![\d.,/])(\d{1,3}(?:,\d{3}){1,5}|\d{1,18})(?:st|nd|rd|th)\b/gi;
const DECADE = /(?<![\d'A-Za-z])(1[1-9]|20)(\d)0'?s\b/g;
/** 7th-12th */
const ORDINAL_RANGE = /(?<=\d(?:st|nd|rd|th))\s?[-–]\s?(?=\d{1,3}(?:st|nd|rd|th)\b)/g;
/** '69, but no quotation: '69' */
const SHORT_YEAR = /(?<![\w'])'(\d)(\d)(?![\w'"])/g;
const ZEROS = /(?<![\dA-Za-z])'00s\b/g;
/** 100s of people */
const DOZENS =
  /(?<![\w'.,])(\$)?(10|100|1,?000|10,?000|100,?000|1,?000,?000)s(?= of\b|(?<=\$[\d,]{1,9}s)\b)/g;
/** the 49ers */
const TEAM = /(?<![\w.,])(\d{2})ers\b/g;
/** Boeing 747s, B-52s, three 5s: several of a number, no seconds. */
const SEVERAL =
  /(?<=\p{Lu}\p{Ll}{2,20} )(\d{3,4})s\b|(?<=\b[A-Z]{1,3}-)(\d{1,3})s\b|(?<=\b(?:two|three|four|five|six|seven|eight|nine|ten|many|several|of|the) )(\d{1,2})s\b/gu;
const SHORT_DECADE = /(?<![\dA-Za-z])'?([1-9])0'?s\b/g;

function sayDecade(century: string, tens: string): string {
  if (tens === '0') return century === '20' ? 'two thousands' : `${cardinal(century)} hundreds`;
  return `${cardinal(century)} ${pluralOf(cardinal(`${tens}0`))}`;
}

/** 1st, 1900s, '90s. Read before the units, to which "s" is a second. */
export function readOrdinals(text: string): string {
  return text
    .replace(/(?<=\d\/\d{1,3})(?:st|nd|rd|th)\b/g, '') // 1/100th is a fraction
    .replace(ORDINAL_RANGE, ' to ')
    .replace(DOZENS, (_, dollars: string | undefined, amount: string) => {
      const many = pluralOf(cardinal(amount.replaceAll(',', '')).replace(/^one /, ''));
      return dollars === undefined ? many : `${many} of dollars`;
    })
    .replace(ZEROS, 'two thousands')
    .replace(TEAM, (_, digits: string) =>
      `${cardinal(digits)}${digits.endsWith('0') ? 's' : 'ers'}`.replace('eers', 'ers'),
    )
    .replace(ORDINAL, (_, digits: string) => ordinal(digits.replaceAll(',', '')))
    .replace(DECADE, (_, century: string, tens: string) => sayDecade(century, tens))
    .replace(SHORT_DECADE, (_, tens: string) => pluralOf(cardinal(`${tens}0`)))
    .replace(SHORT_YEAR, (_, tens: string, ones: string) =>
      tens === '0' ? `oh ${cardinal(ones)}` : cardinal(tens + ones),
    )
    .replace(SEVERAL, (_, model?: string, version?: string, figure?: string) =>
      pluralOf(codeNumber(model ?? version ?? figure ?? '')),
    );
}

/** Roman numerals stand behind a heading word ("Chapter IV"), a monarch ("Henry VIII") or another capitalised word. */
const HEADINGS =
  'Chapter|Part|Act|Scene|Volume|Vol|Book|Section|Appendix|Phase|Type|Grade|Level|Article|Title|War|Bowl|Class|Stage|Episode|Season|Figure|Table|Mark|Schedule';
const MONARCHS =
  'Henry|Louis|Elizabeth|George|Edward|Charles|William|James|Richard|Philip|Pius|Paul|Benedict|Alexander|Catherine|Nicholas|Napoleon|Francis|Leo|Gregory|Mary|Frederick|Ferdinand|Peter|Ivan|Clement|Innocent|Urban|Ramses|Haakon|Gustav|Christian|Margaret|Wilhelm|Otto|Leopold|Albert|Carlos|Boniface|Julius|Xerxes|Darius';
const DIGITS: Readonly<Record<string, number>> = { I: 1, V: 5, X: 10, L: 50, C: 100, D: 500, M: 1000 };
const WELL_FORMED = /^M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})$/;

/** Behind a numeral: "II's" is its genitive. */
const ENDS = "\\b(?!'(?!s\\b))";
/** One letter is a numeral only where it is one of the first: "Appendix C" is no hundredth. */
const AFTER_HEADING = new RegExp(`\\b(${HEADINGS}) ([IVXLC]{2,8}|[IVX]|[ivxl]{2,8}|[ivx])${ENDS}`, 'g');
const AFTER_MONARCH = new RegExp(`\\b(${MONARCHS}) ([IVX]{2,6}|[VX])${ENDS}`, 'g');
/** "Elizabeth I" only where "I" cannot be the pronoun. */
const THE_FIRST = new RegExp(`\\b(${MONARCHS}) I(?=[,.;:!?)]|'s| of | was | died |$)`, 'g');
const AFTER_NAME = new RegExp(`\\b(\\p{Lu}\\p{Ll}{2,20}) ([IVXL]{2,7})${ENDS}`, 'gu');
/** John D. Rockefeller III */
const AFTER_SURNAME = new RegExp(`(?<=\\b\\p{Lu}\\. )(\\p{Lu}\\p{Ll}{2,20}) (I{2,3}|IV|V)${ENDS}`, 'gu');
/** the XVIII century; two letters may be anything else: the IV drip */
const AFTER_ARTICLE =
  /\b([Tt]he) ([IVXL]{3,8}|[IVXL]{1,2}(?= (?:century|centuries|Olympi|Congress|Corps|Legion|Dynasty|Army|Amendment)))(?= \p{L})/gu;

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
  const asOrdinal =
    (article: string) =>
    (match: string, name: string, numeral: string): string => {
      const value = numeralValue(numeral);
      return value === undefined ? match : `${name}${article} ${ordinal(value)}`;
    };
  return text
    .replace(AFTER_HEADING, (match, word: string, numeral: string) =>
      asCardinal(match, word, numeral.toUpperCase()),
    )
    .replace(AFTER_MONARCH, asOrdinal(' the'))
    .replace(AFTER_SURNAME, asOrdinal(' the'))
    .replace(AFTER_ARTICLE, asOrdinal(''))
    .replace(THE_FIRST, '$1 the first')
    .replace(AFTER_NAME, asCardinal);
}
