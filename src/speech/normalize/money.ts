import { cardinal, decimal } from './cardinals.ts';

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
  BTC: { one: 'bitcoin', many: 'bitcoins' },
};
const COUNTRY: Readonly<Record<string, string>> = {
  US: 'USD',
  U: 'USD',
  A: 'AUD',
  AU: 'AUD',
  C: 'CAD',
  CA: 'CAD',
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
const NUMBER = '\\d{1,3}(?:,\\d{3}){1,5}(?:\\.\\d{1,9})?|\\d{1,18}(?:\\.\\d{1,9})?';
const SIGNS = Object.keys(SYMBOLS)
  .map((sign) => `\\${sign}`)
  .join('');
const SCALE = '(?:\\s?(thousand|million|billion|trillion)\\b|(k|K|mn|m|M|bn|b|B|tn|T)(?![A-Za-z\\d]))?';
const PER = '(\\/(?=[a-z]))?';
const BEFORE = new RegExp(
  `(-)?(?<![A-Za-z])(AU|CA|US|A|C|U)?([${SIGNS}])\\s?(${NUMBER})(?:\\s?[-–]\\s?[${SIGNS}]?(${NUMBER}))?(?!\\d)${SCALE}${PER}`,
  'g',
);
const AFTER = new RegExp(`(?<![\\d.,])(${NUMBER})\\s?([${SIGNS.replace('\\$', '')}])${PER}`, 'g');
const CODE = Object.keys(CODES).join('|');
const CODE_BEFORE = new RegExp(`\\b(${CODE})\\s?(${NUMBER})(?![\\d])${SCALE}`, 'g');
const CODE_AFTER = new RegExp(`(?<![\\d.,])(${NUMBER})${SCALE}\\s?(${CODE})\\b`, 'g');
const CENTS = /(?<![\d.,])(\d{1,4})\s?¢/g;

/** "a twenty dollar bill" */
const BEFORE_NOUN =
  /(?<=\b(?:dollar|pound|euro))s (?=(?:bill|note|coin|fee|fine|tip|ticket|check|cheque|prize|budget|deal|loan|gift|discount|reward)s?\b)/g;

/** "3.50" dollars -> "three dollars and fifty cents" */
function sayAmount(amount: string, currency: Currency): string {
  const plain = amount.replaceAll(',', '');
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
  return text
    .replace(BEFORE, (...groups) => {
      const [, minus, country, sign, amount, upper, word, short, per] = groups as (string | undefined)[];
      const currency =
        country === undefined ? SYMBOLS[sign!]! : (CODES[COUNTRY[country]!] ?? SYMBOLS[sign!]!);
      const range = upper === undefined ? '' : `${decimal(amount!)} to `;
      const spoken = sayScaled(upper ?? amount!, scaleOf(word, short), currency);
      return `${minus === undefined ? '' : 'minus '}${range}${spoken}${per === undefined ? '' : ' per '}`;
    })
    .replace(
      AFTER,
      (_, amount: string, sign: string, per?: string) =>
        sayAmount(amount, SYMBOLS[sign]!) + (per === undefined ? '' : ' per '),
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
    .replace(CENTS, (_, amount: string) => `${cardinal(amount)} cent${amount === '1' ? '' : 's'}`);
}
