import { decimal } from './cardinals.ts';
import { NUMBER, sayFraction, sayMixed } from './numbers.ts';

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
  yds: plural('yard'),
  inches: ['inch', 'inches'],
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
  Ω: plural('ohm'),
  kΩ: plural('kilohm'),
  MΩ: plural('megohm'),
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
  yr: 'year',
  mo: 'month',
  wk: 'week',
  lb: 'pound',
  oz: 'ounce',
  gal: 'gallon',
  mi: 'mile',
  km: 'kilometer',
};

/** " per pound" of "lb"; nothing of nothing. */
export const nameOfPer = (unit: string | undefined): string =>
  unit === undefined ? '' : ` per ${PER[unit] ?? unit}`;

const ALL: ReadonlyMap<string, Unit> = new Map(
  Object.entries({ ...UNITS, ...SHORT_UNITS, ...ATTACHED_UNITS }),
);
const either = (table: object): string =>
  Object.keys(table)
    .sort((a, b) => b.length - a.length)
    .join('|');

/** "in" is a unit where what it measures follows, where it is short, and behind feet. */
const INCHES =
  /(?<=\d[\s-]?)in\b(?:\.(?=[\s,]|$)|(?=\s(?:wide|tall|long|deep|high|thick|across|in diameter|by|x)\b))|(?<=\d\s?(?:ft|feet|foot)\.? \d{1,2}\s)in\b(?!\s\p{Lu})\.?/gu;
/** 1 m x 2 m */
const BY = /(?<=\d\s?\p{L}{1,3})\s[x×]\s(?=\d)/gu;
/** The lower end of a range: "10-15 km". */
const LOWER = `(?:(${NUMBER})\\s?[-–]\\s?)?`;
const SPACED = new RegExp(
  `(?<![A-Za-z\\d.,])${LOWER}(${NUMBER})(?:[\\s-]?(sq|square|cubic)\\.?)?(?:[\\s-]?(${either(UNITS)}|${either(SHORT_UNITS)})|(${either(ATTACHED_UNITS)}))(?![A-Za-z\\d])( squared| cubed)?(?:\\/(${either(PER)})\\b( squared)?)?(?:\\.(?=\\s\\p{Ll}))?`,
  'gu',
);
const DEGREES = new RegExp(`(?<![\\d.,])${LOWER}(${NUMBER})\\s?°\\s?(?:(C|F|K|N|S|E|W)\\b)?`, 'g');
const SCALE_NAMES: Readonly<Record<string, string>> = {
  C: 'Celsius',
  F: 'Fahrenheit',
  K: 'Kelvin',
  N: 'North',
  S: 'South',
  E: 'East',
  W: 'West',
};
/** One of them: "a 16GB card", and with a noun that is measured "five 100m dashes". */
const ARTICLE_BEFORE = /\ban? $/i;
const COUNT_BEFORE = /\b(?:one|two|three|four|five|six|seven|eight|nine|ten|another|each|every) $/i;
const MEASURED =
  /^ (?!(?:and|or|for|to|in|on|at|by|of|per|a|an|is|was|are|were|from|with|more|less|each|off|plus|minus|about|than|but|if|when|as|so|the|he|she|it|they|we|you|that|which|who|wide|tall|long|deep|high|thick|away|later|ago|apart|before|after|north|south|east|west|up|down)\b)\p{Ll}/u;
const LOOKAHEAD = 16;
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

/** Amounts with their unit. Signs before the amount are words already. */
export function readUnits(text: string): string {
  return text
    .replace(INCHES, 'inches')
    .replace(BY, ' by ')
    .replace(PARTS_OF_UNIT, (_, whole: string | undefined, top: string, bottom: string, unit: string) =>
      sayParts(whole, top, bottom, ALL.get(unit)!),
    )
    .replace(HEIGHT, (_, feet: string, inches: string) => `${decimal(feet)} foot ${decimal(inches)}`)
    .replace(SPACED, (...groups) => {
      const [match = '', lower, amount, power, spaced, attached, behind, per, square] = groups as (
        | string
        | undefined
      )[];
      const [offset, whole] = groups.slice(-2) as [number, string];
      const [one, many] = ALL.get(spaced ?? attached ?? '')!;
      const after = whole.slice(offset + match.length, offset + match.length + LOOKAHEAD);
      const before = whole.slice(Math.max(0, offset - LOOKAHEAD), offset);
      const hyphen = match[match.length - (spaced ?? '').length - 1] === '-' || /-\p{L}+\.?$/u.test(match);
      const isOne =
        hyphen || ARTICLE_BEFORE.test(before) || (COUNT_BEFORE.test(before) && MEASURED.test(after));
      const name = amount === '1' || isOne ? one : many;
      const area =
        power === 'cubic' || behind === ' cubed'
          ? 'cubic '
          : power !== undefined || behind !== undefined
            ? 'square '
            : '';
      return `${sayRange(lower, amount!)} ${area}${name}${nameOfPer(per)}${square ?? ''}`;
    })
    .replace(DEGREES, (_, lower: string | undefined, amount: string, scale?: string) => {
      const degrees = `${sayRange(lower, amount)} degree${amount === '1' ? '' : 's'}`;
      return scale === undefined ? degrees : `${degrees} ${SCALE_NAMES[scale]}`;
    })
    .replace(PERCENT, (_, lower: string | undefined, amount: string) => `${sayRange(lower, amount)} percent`);
}
