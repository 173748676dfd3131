import { cardinal, decimal } from './cardinals.ts';
import { nameOfPer } from './units.ts';

interface Currency {
  readonly one: string;
  readonly many: string;
  readonly cent?: readonly [one: string, many: string];
}

const DOLLAR: Currency = { one: 'dollar', many: 'dollars', cent: ['cent', 'cents'] };
const POUND: Currency = { one: 'pound', many: 'pounds', cent: ['penny', 'pence'] };
const EURO: Currency = { one: 'euro', many: 'euros', cent: ['cent', 'cents'] };
const YEN: Currency = { one: 'yen', many: 'yen' };
const RUPEE: Currency = { one: 'rupee', many: 'rupees' };

const SYMBOLS: Readonly<Record<string, Currency>> = {
  $: DOLLAR,
  '£': POUND,
  '€': EURO,
  '¥': YEN,
  '₹': RUPEE,
  '₩': { one: 'won', many: 'won' },
  '₫': { one: 'dong', many: 'dong' },
  '₽': { one: 'ruble', many: 'rubles' },
  '₿': { one: 'bitcoin', many: 'bitcoins' },
};
const named = (prefix: string, { one, many, cent }: Currency): Currency => ({
  one: `${prefix} ${one}`,
  many: `${prefix} ${many}`,
  ...(cent === undefined ? {} : { cent }),
});
const CODES: Readonly<Record<string, Currency>> = {
  USD: named('U S', DOLLAR),
  CAD: named('Canadian', DOLLAR),
  AUD: named('Australian', DOLLAR),
  GBP: POUND,
  EUR: EURO,
  JPY: YEN,
  CNY: { one: 'yuan', many: 'yuan' },
  INR: RUPEE,
  CHF: { one: 'Swiss franc', many: 'Swiss francs' },
  VND: { one: 'Vietnamese dong', many: 'Vietnamese dong' },
  KRW: { one: 'Korean won', many: 'Korean won' },
  SEK: { one: 'Swedish krona', many: 'Swedish kronor' },
  NOK: { one: 'Norwegian krone', many: 'Norwegian kroner' },
  DKK: { one: 'Danish krone', many: 'Danish kroner' },
  MXN: { one: 'Mexican peso', many: 'Mexican pesos' },
  BRL: { one: 'real', many: 'reais' },
  NZD: named('New Zealand', DOLLAR),
  SGD: named('Singapore', DOLLAR),
  HKD: named('Hong Kong', DOLLAR),
  BTC: { one: 'bitcoin', many: 'bitcoins' },
};
const COUNTRY: Readonly<Record<string, string>> = {
  US: 'USD',
  U: 'USD',
  A: 'AUD',
  AU: 'AUD',
  C: 'CAD',
  CA: 'CAD',
  NZ: 'NZD',
  S: 'SGD',
  HK: 'HKD',
  MX: 'MXN',
  R: 'BRL',
};
const SCALES: Readonly<Record<string, string>> = {
  k: 'thousand',
  K: 'thousand',
  m: 'million',
  M: 'million',
  mn: 'million',
  b: 'billion',
  B: 'billion',
  bn: 'billion',
  T: 'trillion',
  tn: 'trillion',
};

/** At most this many digits, so that a match is short; longer ones are codes. */
const NUMBER = '\\d{1,3}(?:,\\d{3}){1,5}(?:\\.\\d{1,9})?|\\d{1,18}(?:\\.\\d{1,9})?|\\.\\d{1,9}';
const SIGNS = Object.keys(SYMBOLS).join('');
const SCALE = '(?:[\\s-]?(thousand|million|billion|trillion)\\b|(k|K|mn|m|M|bn|b|B|tn|T)(?![A-Za-z\\d]))?';
const PER = '(?:\\/([a-z]{1,6})\\b)?';
/** One of them, before what it is paid for: "a $3 million grant", "two-for-$5", "$100-a-night". */
const ONE_BEFORE = '(?<=\\b[Aa]n? |[a-z]-)';
/** Words that are nothing to be paid for. */
const NO_NOUN =
  'and|or|for|to|in|on|at|by|of|per|a|an|is|was|are|were|from|with|more|less|each|every|off|apiece|plus|minus|about|than|but|if|when|as|so|the|he|she|it|they|we|you|I|that|which|who|will|would|should|can';
const BEFORE = new RegExp(
  `(?:(?<![\\w])(-))?(?<![A-Za-z])(${Object.keys(COUNTRY).sort().reverse().join('|')})?([${SIGNS}])\\s?(${NUMBER})(?:\\s?[-–]\\s?[${SIGNS}]?(${NUMBER}))?(?!\\d|s\\b|,\\d)${SCALE}${PER}`,
  'g',
);
/** The same, of one of something. */
const BEFORE_ONE = new RegExp(
  `${ONE_BEFORE}([${SIGNS}])(${NUMBER})(?!\\d)${SCALE}(?=-\\p{L}|\\s(?!(?:${NO_NOUN})\\b)\\p{Ll})-?`,
  'gu',
);
/** "$100-a-night", "a $20-bill": a hyphen makes one of it, whatever goes before. */
const BEFORE_HYPHEN = new RegExp(`([${SIGNS}])(${NUMBER})(?!\\d)${SCALE}-(?=\\p{L})`, 'gu');
/** $12M–$15M */
const SCALED_RANGE = new RegExp(
  `(?<=[${SIGNS}][\\d.,]{1,9}\\s?(?:k|K|mn|m|M|bn|b|B|tn|T|thousand|million|billion|trillion))\\s?[-–]\\s?(?=[${SIGNS}]\\d)`,
  'g',
);
const AFTER = new RegExp(`(?<![\\d.,])(${NUMBER})\\s?([${SIGNS.replace('$', '')}])${PER}`, 'g');
const CODE = Object.keys(CODES).join('|');
const CODE_BEFORE = new RegExp(`\\b(${CODE})\\s?(${NUMBER})(?![\\d])${SCALE}`, 'g');
const CODE_AFTER = new RegExp(`(?<![\\d.,])(${NUMBER})${SCALE}\\s?(${CODE})\\b`, 'g');
const CENTS = /(?<![\d.,])(\d{1,4})\s?¢/g;
const ONE_OF_CENTS = /(?<=\b[Aa] )(\d{1,4})\s?(?:¢|-cent\b)(?= \p{Ll})/gu;

/** "a twenty dollar bill" */
const BEFORE_NOUN =
  /(?<=\b(?:dollar|pound|euro))s (?=(?:bill|note|coin|fee|fine|tip|ticket|check|cheque|prize|budget|deal|loan|gift|discount|reward)s?\b)/g;

/** "3.50" dollars -> "three dollars and fifty cents" */
function sayAmount(amount: string, currency: Currency): string {
  const plain = amount.replaceAll(',', '').replace(/^\./, '0.');
  const [whole = '0', fraction] = plain.split('.');
  const units = `${cardinal(whole)} ${Number(plain) === 1 || whole === '1' ? currency.one : currency.many}`;
  if (fraction === undefined || Number(fraction) === 0) return units;
  if (fraction.length > 2 || currency.cent === undefined) return `${decimal(plain)} ${currency.many}`;
  const cents = fraction.padEnd(2, '0').replace(/^0/, '');
  const small = `${cardinal(cents)} ${currency.cent[cents === '1' ? 0 : 1]}`;
  return Number(whole) === 0 ? small : `${units} and ${small}`;
}

function sayScaled(amount: string, scale: string | undefined, currency: Currency): string {
  return scale === undefined ? sayAmount(amount, currency) : `${decimal(amount)} ${scale} ${currency.many}`;
}

const scaleOf = (word?: string, short?: string): string | undefined =>
  word ?? (short === undefined ? undefined : SCALES[short]);

export function readMoney(text: string): string {
  const sayOne = (_: string, sign: string, amount: string, word?: string, short?: string): string => {
    const currency = SYMBOLS[sign]!;
    return `${sayScaled(amount, scaleOf(word, short), { ...currency, many: currency.one })} `;
  };
  return text
    .replace(SCALED_RANGE, ' to ')
    .replace(
      BEFORE_ONE,
      (match: string, sign: string, amount: string, word?: string, short?: string) =>
        sayOne(match, sign, amount, word, short).trimEnd() + (match.endsWith('-') ? ' ' : ''),
    )
    .replace(BEFORE_HYPHEN, sayOne)
    .replace(BEFORE, (...groups) => {
      const [, minus, country, sign, amount, upper, word, short, per] = groups as (string | undefined)[];
      const currency =
        country === undefined ? SYMBOLS[sign!]! : (CODES[COUNTRY[country]!] ?? SYMBOLS[sign!]!);
      const range = upper === undefined ? '' : `${decimal(amount!)} to `;
      const spoken = sayScaled(upper ?? amount!, scaleOf(word, short), currency);
      return `${minus === undefined ? '' : 'minus '}${range}${spoken}${nameOfPer(per)}`;
    })
    .replace(
      AFTER,
      (_, amount: string, sign: string, per?: string) => sayAmount(amount, SYMBOLS[sign]!) + nameOfPer(per),
    )
    .replace(CODE_BEFORE, (_, code: string, amount: string, word?: string, short?: string) =>
      sayScaled(amount, scaleOf(word, short), CODES[code]!),
    )
    .replace(
      CODE_AFTER,
      (_, amount: string, word: string | undefined, short: string | undefined, code: string) =>
        sayScaled(amount, scaleOf(word, short), CODES[code]!),
    )
    .replace(BEFORE_NOUN, ' ')
    .replace(ONE_OF_CENTS, (_, amount: string) => `${cardinal(amount)} cent`)
    .replace(CENTS, (_, amount: string) => `${cardinal(amount)} cent${amount === '1' ? '' : 's'}`);
}
