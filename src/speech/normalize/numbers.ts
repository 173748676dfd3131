import { cardinal, decimal, digitByDigit, ordinalOf, pluralOf, year } from './cardinals.ts';

/** Unit: what one of them is called and what several are. */
type Unit = readonly [one: string, many: string];

const plural = (one: string): Unit => [one, `${one}s`];
const same = (name: string): Unit => [name, name];

/** Safe with or without a space behind a number. */
const UNITS: Readonly<Record<string, Unit>> = {
  km: plural('kilometer'),
  cm: plural('centimeter'),
  mm: plural('millimeter'),
  μm: plural('micrometer'),
  nm: plural('nanometer'),
  mi: plural('mile'),
  ft: ['foot', 'feet'],
  yd: plural('yard'),
  kg: plural('kilogram'),
  mg: plural('milligram'),
  μg: plural('microgram'),
  lb: plural('pound'),
  lbs: plural('pound'),
  oz: plural('ounce'),
  ml: plural('milliliter'),
  mL: plural('milliliter'),
  cl: plural('centiliter'),
  dl: plural('deciliter'),
  gal: plural('gallon'),
  qt: plural('quart'),
  tbsp: plural('tablespoon'),
  tsp: plural('teaspoon'),
  'fl oz': plural('fluid ounce'),
  kb: plural('kilobyte'),
  kB: plural('kilobyte'),
  KB: plural('kilobyte'),
  MB: plural('megabyte'),
  GB: plural('gigabyte'),
  TB: plural('terabyte'),
  PB: plural('petabyte'),
  KiB: plural('kibibyte'),
  MiB: plural('mebibyte'),
  GiB: plural('gibibyte'),
  kbps: ['kilobit per second', 'kilobits per second'],
  Mbps: ['megabit per second', 'megabits per second'],
  Gbps: ['gigabit per second', 'gigabits per second'],
  Hz: same('hertz'),
  kHz: same('kilohertz'),
  MHz: same('megahertz'),
  GHz: same('gigahertz'),
  kW: plural('kilowatt'),
  MW: plural('megawatt'),
  GW: plural('gigawatt'),
  kWh: plural('kilowatt hour'),
  Wh: plural('watt hour'),
  mV: plural('millivolt'),
  kV: plural('kilovolt'),
  mA: plural('milliamp'),
  mAh: plural('milliamp hour'),
  ms: plural('millisecond'),
  μs: plural('microsecond'),
  ns: plural('nanosecond'),
  sec: plural('second'),
  secs: plural('second'),
  min: plural('minute'),
  mins: plural('minute'),
  hr: plural('hour'),
  hrs: plural('hour'),
  yr: plural('year'),
  yrs: plural('year'),
  mph: ['mile per hour', 'miles per hour'],
  kmh: ['kilometer per hour', 'kilometers per hour'],
  kph: ['kilometer per hour', 'kilometers per hour'],
  mpg: ['mile per gallon', 'miles per gallon'],
  rpm: ['revolution per minute', 'revolutions per minute'],
  bpm: ['beat per minute', 'beats per minute'],
  fps: ['frame per second', 'frames per second'],
  dpi: ['dot per inch', 'dots per inch'],
  px: plural('pixel'),
  dB: plural('decibel'),
  kcal: plural('kilocalorie'),
  cal: plural('calorie'),
  kJ: plural('kilojoule'),
  Pa: plural('pascal'),
  kPa: plural('kilopascal'),
  psi: same('P S I'),
  ha: plural('hectare'),
};

/** One letter: "5 m", but "5 A" may be anything. */
const SHORT_UNITS: Readonly<Record<string, Unit>> = {
  m: plural('meter'),
  g: plural('gram'),
  L: plural('liter'),
  l: plural('liter'),
  V: plural('volt'),
  W: plural('watt'),
};
/** Only right behind the number. */
const ATTACHED_UNITS: Readonly<Record<string, Unit>> = {
  s: plural('second'),
  h: plural('hour'),
  J: plural('joule'),
  A: plural('amp'),
  in: ['inch', 'inches'],
};
const PER: Readonly<Record<string, string>> = {
  h: 'hour',
  hr: 'hour',
  s: 'second',
  sec: 'second',
  min: 'minute',
  day: 'day',
  week: 'week',
  month: 'month',
  year: 'year',
  kg: 'kilogram',
  l: 'liter',
  L: 'liter',
  ml: 'milliliter',
  mL: 'milliliter',
  person: 'person',
};

const ALL: ReadonlyMap<string, Unit> = new Map(
  Object.entries({ ...UNITS, ...SHORT_UNITS, ...ATTACHED_UNITS }),
);
const either = (table: object): string =>
  Object.keys(table)
    .sort((a, b) => b.length - a.length)
    .join('|');

const NUMBER = '\\d{1,3}(?:,\\d{3}){1,5}(?:\\.\\d{1,18})?|\\d{1,18}(?:\\.\\d{1,18})?';
/** The lower end of a range: "10-15 km". */
const LOWER = `(?:(${NUMBER})\\s?[-–]\\s?)?`;
const SPACED = new RegExp(
  `(?<![A-Za-z\\d.,])${LOWER}(${NUMBER})(?:[\\s-]?(sq|square|cubic)\\.?)?(?:[\\s-]?(${either(UNITS)}|${either(SHORT_UNITS)})|(${either(ATTACHED_UNITS)}))(?![A-Za-z\\d])( squared| cubed)?(?:\\/(${either(PER)})\\b)?(?:\\.(?=\\s\\p{Ll}))?`,
  'gu',
);
const DEGREES = new RegExp(`(?<![\\d.,])${LOWER}(${NUMBER})\\s?°\\s?(?:(C|F|K)\\b)?`, 'g');
const SCALE_NAMES: Readonly<Record<string, string>> = { C: 'Celsius', F: 'Fahrenheit', K: 'Kelvin' };
const PERCENT = new RegExp(`(?<![\\d.,])(?:(${NUMBER})%?\\s?[-–]\\s?)?(${NUMBER})\\s?%`, 'g');
const HEIGHT = /(?<![\d'])(\d)'\s?(\d{1,2})"/g;

const sayRange = (lower: string | undefined, amount: string): string =>
  lower === undefined ? decimal(amount) : `${decimal(lower)} to ${decimal(amount)}`;

const PARTS_OF_UNIT = new RegExp(
  `(?<![\\d/.,])(?:(\\d{1,4}) )?(\\d{1,2})\\/(\\d{1,2})[\\s-]?(${either(UNITS)}|${either(SHORT_UNITS)})(?![A-Za-z\\d])`,
  'gu',
);

/** One and a half miles, three quarters of an hour. */
function sayParts(whole: string | undefined, top: string, bottom: string, [one, many]: Unit): string {
  if (whole !== undefined) return `${sayMixed(whole, top, bottom)} ${many}`;
  const single = `${/^(?:[aeio]|hour)/.test(one) ? 'an' : 'a'} ${one}`;
  return top === '1' && bottom === '2' ? `half ${single}` : `${sayFraction(top, bottom)} of ${single}`;
}

function sayMixed(whole: string, top: string, bottom: string): string {
  const fraction = sayFraction(top, bottom)
    .replace(/^one (?=eighth$)/, 'an ')
    .replace(/^one /, 'a ');
  return `${cardinal(whole)} and ${fraction}`;
}

/** Amounts with their unit. Signs before the amount are words already. */
export function readUnits(text: string): string {
  return text
    .replace(PARTS_OF_UNIT, (_, whole: string | undefined, top: string, bottom: string, unit: string) =>
      sayParts(whole, top, bottom, ALL.get(unit)!),
    )
    .replace(HEIGHT, (_, feet: string, inches: string) => `${decimal(feet)} foot ${decimal(inches)}`)
    .replace(SPACED, (...groups) => {
      const [, lower, amount, power, spaced, attached, behind, per] = groups as (string | undefined)[];
      const [one, many] = ALL.get(spaced ?? attached ?? '')!;
      const name = amount === '1' ? one : many;
      const area =
        power === 'cubic' || behind === ' cubed'
          ? 'cubic '
          : power !== undefined || behind !== undefined
            ? 'square '
            : '';
      return `${sayRange(lower, amount!)} ${area}${name}${per === undefined ? '' : ` per ${PER[per]}`}`;
    })
    .replace(DEGREES, (_, lower: string | undefined, amount: string, scale?: string) => {
      const degrees = `${sayRange(lower, amount)} degree${amount === '1' ? '' : 's'}`;
      return scale === undefined ? degrees : `${degrees} ${SCALE_NAMES[scale]}`;
    })
    .replace(PERCENT, (_, lower: string | undefined, amount: string) => `${sayRange(lower, amount)} percent`);
}

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
    .replace(MIXED_FRACTION, (_, whole: string, top: string, bottom: string) => sayMixed(whole, top, bottom))
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
