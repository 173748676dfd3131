import { digitByDigit } from './cardinals.ts';

/** Roads, directions and postal codes, as people in the United States write them. */
const DIRECTIONS: Readonly<Record<string, string>> = {
  N: 'North',
  S: 'South',
  E: 'East',
  W: 'West',
  NE: 'Northeast',
  NW: 'Northwest',
  SE: 'Southeast',
  SW: 'Southwest',
};

const STATES: Readonly<Record<string, string>> = {
  AL: 'Alabama',
  AK: 'Alaska',
  AZ: 'Arizona',
  AR: 'Arkansas',
  CA: 'California',
  CO: 'Colorado',
  CT: 'Connecticut',
  DE: 'Delaware',
  DC: 'D C',
  FL: 'Florida',
  GA: 'Georgia',
  HI: 'Hawaii',
  ID: 'Idaho',
  IL: 'Illinois',
  IN: 'Indiana',
  IA: 'Iowa',
  KS: 'Kansas',
  KY: 'Kentucky',
  LA: 'Louisiana',
  ME: 'Maine',
  MD: 'Maryland',
  MA: 'Massachusetts',
  MI: 'Michigan',
  MN: 'Minnesota',
  MS: 'Mississippi',
  MO: 'Missouri',
  MT: 'Montana',
  NE: 'Nebraska',
  NV: 'Nevada',
  NH: 'New Hampshire',
  NJ: 'New Jersey',
  NM: 'New Mexico',
  NY: 'New York',
  NC: 'North Carolina',
  ND: 'North Dakota',
  OH: 'Ohio',
  OK: 'Oklahoma',
  OR: 'Oregon',
  PA: 'Pennsylvania',
  RI: 'Rhode Island',
  SC: 'South Carolina',
  SD: 'South Dakota',
  TN: 'Tennessee',
  TX: 'Texas',
  UT: 'Utah',
  VT: 'Vermont',
  VA: 'Virginia',
  WA: 'Washington',
  WV: 'West Virginia',
  WI: 'Wisconsin',
  WY: 'Wyoming',
};

const names = (table: Readonly<Record<string, string>>): string => Object.keys(table).join('|');

/** Behind the name of a town; "SOLD IN 10000 SHOPS" is no address. */
const POSTAL = new RegExp(
  `(?<=[\\p{Ll}.],? {1,3})(${names(STATES)}) {1,3}(\\d{5})(?:-(\\d{4}))?(?![\\d-])`,
  'gu',
);
/** Kinds of streets, in words and short. */
const STREETS =
  'Street|St|Avenue|Ave|Road|Rd|Drive|Dr|Boulevard|Blvd|Lane|Ln|Court|Ct|Place|Pl|Way|Highway|Hwy|Terrace|Circle|Parkway|Pkwy';
const LONG_STREETS: Readonly<Record<string, string>> = {
  St: 'Street',
  Dr: 'Drive',
  Rd: 'Road',
  Ln: 'Lane',
  Ct: 'Court',
  Pl: 'Place',
};
const WRITTEN_OUT: Readonly<Record<string, string>> = {
  Ave: 'Avenue',
  Blvd: 'Boulevard',
  Pkwy: 'Parkway',
  Hwy: 'Highway',
};
/** The short ones that mean nothing else, without their dot: a word or an ordinal goes before, and no name follows. */
const SHORT_STREET = new RegExp(
  `(?<=(?:\\p{Lu}[\\p{L}']{1,30}|\\d(?:st|nd|rd|th)) )(${names(WRITTEN_OUT)})(?![.\\p{L}\\d'])(?!\\s\\p{Lu}\\p{Ll})`,
  'gu',
);
/** The others, in an address. */
const SHORT_IN_ADDRESS = new RegExp(
  `(?<=\\b\\d{1,6} (?:(?:North|South|East|West|${names(DIRECTIONS)})\\.? )?(?:\\p{Lu}[\\p{L}']{1,30} |\\d{1,4}(?:st|nd|rd|th) ){1,3})(St|Dr|Rd|Ln|Ct|Pl)(?![.\\p{L}\\d'])`,
  'gu',
);
const BEHIND_STREET = new RegExp(
  `(?<=\\b(?:${STREETS})\\.?,? )(${names(DIRECTIONS)})(?![\\p{L}\\d.&'-])`,
  'gu',
);
const BEHIND_ROUTE = new RegExp(
  `(?<=\\b(?:Route|Rte\\.?|Highway|Hwy\\.?|Interstate|Exit|I|US|SR)[ -]\\d{1,4} )(${names(DIRECTIONS)})(?![\\p{L}\\d.&'-])`,
  'gu',
);
const BEFORE_STREET = new RegExp(
  `(?<=\\b\\d{1,6} )(${names(DIRECTIONS)})\\.?(?=(?: (?:\\p{Lu}[\\p{L}']{1,30}|\\d{1,4}(?:st|nd|rd|th))){1,3} (?:${STREETS})\\b)`,
  'gu',
);
/** Two letters that are hardly anything else. */
const COMPASS = /(?<![\p{L}\d.&'-])(NW|SW)(?![\p{L}\d.&'-])/gu;

const direction = (_: string, letters: string): string => DIRECTIONS[letters] ?? letters;

/** Behind the name of a town. */
const BEHIND_TOWN = new RegExp(
  `(?<=\\b(\\p{Lu}\\p{L}{2,20}), )(${names(STATES)})(?![\\p{L}\\d'&/-])(.{0,2})`,
  'gu',
);
/** States that are words or other short forms too: only before a mark, and not behind "Yes,". */
const AMBIGUOUS = new Set('OK HI ME OH IN OR ID AL PA MA LA DE MS MD CO'.split(' '));
const NO_TOWN =
  /^(?:Yes|Yeah|No|Nope|Well|So|Hey|Hello|Okay|And|But|Sure|Fine|Thanks|Now|Then|Sorry|Please|Wait|Right|Honey|Mom|Dad|Wow)$/;
const DOTTED_STATE =
  /(?<=\b\p{Lu}\p{L}{2,20}, )(N)\.\s?([YJHMCD])\.|(?<=\b\p{Lu}\p{L}{2,20}, )(S)\.\s?([CD])\.|(?<=\b\p{Lu}\p{L}{2,20}, )(R)\.\s?(I)\./gu;

/** 5 N Main St, Route 66 W, Pennsylvania Ave NW, CA 90210. */
export function readPlaces(text: string): string {
  return text
    .replace(POSTAL, (_, state: string, code: string, more?: string) => {
      const digits = [code, more].filter((part) => part !== undefined).map((part) => digitByDigit(part));
      return `${STATES[state]} ${digits.join(', ')}`;
    })
    .replace(BEHIND_TOWN, (match, town: string, state: string, after: string) => {
      const isEnd = /^(?:[,;)]|$|\.(?:\s|$))/.test(after);
      if (NO_TOWN.test(town) || (AMBIGUOUS.has(state) && !isEnd)) return match;
      return (STATES[state] ?? state) + after;
    })
    .replace(DOTTED_STATE, (match, ...groups) => {
      const [offset, whole] = groups.slice(-2) as [number, string];
      const ends = /^\s*$/.test(whole.slice(offset + match.length));
      return (STATES[match.replace(/[^A-Z]/g, '')] ?? match) + (ends ? '.' : '');
    })
    .replace(SHORT_STREET, (_, short: string) => WRITTEN_OUT[short] ?? short)
    .replace(SHORT_IN_ADDRESS, (_, short: string) => LONG_STREETS[short] ?? short)
    .replace(BEHIND_STREET, direction)
    .replace(BEHIND_ROUTE, direction)
    .replace(BEFORE_STREET, direction)
    .replace(COMPASS, direction);
}
