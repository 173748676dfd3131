import { cardinal, codeNumber, digitByDigit, pluralOf } from './cardinals.ts';

/** Capitals that are said as a word. */
const SAID_AS_WORD = new Set(
  (
    'NASA NATO UNESCO UNICEF OPEC AIDS SIM PIN RAM ROM LAN WAN GIF FEMA FIFA UEFA NASDAQ NAFTA SWAT CUDA LIDAR SONAR ' +
    'RADAR LASER YOLO COVID SARS MERS DARPA OSHA POTUS SCOTUS IKEA LEGO TED ZIP CAPTCHA MIDI PETA TASER ASEAN BREXIT JSON ' +
    'ARM YAML TOML SAAS NERF NOAA NIMBY SCUBA HAZMAT WASM BERT REST CORS OAUTH LAMP'
  ).split(' '),
);
/** Capitals that are spelled although they could be said. */
const SPELLED = new Set(
  (
    'US UK EU UN AI IT PC TV DJ MC ID OK IQ EQ HR PR VR AR XR UI UX IP OS API CEO CFO CTO COO CIA USA USB URL URI UFO UAE ' +
    'ATM APR AUD CAD EUR USD ETA FAQ ASAP UCLA IEEE AARP AKA ACLU ESPN NCAA NAACP AFAIK IMO IMHO LOL OMG ISO ISP IRS IPO GPA ' +
    'NBA NFL NHL MLB PGA MBA IDE SDK CPU GPU TPU SSD HDD DNA RNA HIV MRI CT ER ICU EKG OCD ADHD PTSD SUV RV GPS AC DC AM PM ' +
    'AD BC CE BCE ETF GDP CPI ROI KPI SEO CRM ERP AWS IBM BBC CNN ABC NBC PBS NPR LA DC NYC CA'
  ).split(' '),
);
/** Short ordinary words, which shouting writes in capitals. */
const ORDINARY = new Set(
  (
    'A I AN AS AT BE BY DO GO HE IF IN IS ME MY NO OF OH ON OR SO TO UP WE THE AND FOR NOT YOU ARE BUT ALL ANY CAN HAD HER ' +
    'WAS ONE OUR OUT DAY GET HAS HIM HIS HOW MAN NEW NOW OLD SEE TWO WAY WHO BOY DID ITS LET PUT SAY SHE TOO USE YES BIG ' +
    'BAD BUY CAR CUT DOG CAT END EAT FAR FUN GOT GUY HOT JOB KEY LOT LOW MAY MEN OFF OWN PAY RED RUN SET SIT SIX TEN TOP ' +
    'TRY WAR WHY WIN YET FREE STOP ONLY WHAT WHEN THIS THAT WITH FROM HAVE WILL YOUR THEY'
  ).split(' '),
);
/** Two consonants that may open, and up to two that may close, a syllable: else four or five capitals are spelled. */
const ONSET = '(?:[BCDFGHJKLMNPQRSTVWXYZ]|[BCFGPSK][LR]|[DT]R|S[CKMNPTWH]|[CTSPW]H|QU|TW|WR)';
const CODA =
  '(?:[BCDFGHKLMNPRSTVWXYZ]|CK|[LR][BCDFGKLMNPSTVZ]|N[CDGKSTZX]|M[BPS]|S[HKPTS]|[CPFX]T|[BDGKPT]S|[CT]H|FF|GG|ZZ)';
const PRONOUNCEABLE = new RegExp(
  `^(?:${ONSET}(?:[AEIOU]{1,2}|Y)|[AEIOU]{1,2})(?:${CODA}?|[BCDFGHKLMNPRSTVWXZ]{1,2}[AEIOUY]{1,2}${CODA}?)$`,
);
/** Said as words in part; English has no rule for them. */
const SAID_OTHERWISE: Readonly<Record<string, string>> = {
  JPEG: 'J peg',
  MPEG: 'em peg',
  IEEE: 'I triple E',
  NAACP: 'N double A C P',
  NCAA: 'N C double A',
  BBQ: 'barbecue',
};

export const sayLetters = (token: string): string => [...token.toUpperCase()].join(' ');

/** Capitals: spelled, said, or (when the text around shouts) an ordinary word. */
function sayCapitals(token: string, shouting: boolean): string {
  if (SAID_AS_WORD.has(token)) return token;
  if (Object.hasOwn(SAID_OTHERWISE, token)) return SAID_OTHERWISE[token]!;
  if (ORDINARY.has(token)) return token === 'I' ? token : token.toLowerCase();
  if (shouting && /[AEIOUY]/.test(token)) return token.toLowerCase();
  if (SPELLED.has(token) || token.length <= 3 || !/[AEIOUY]/.test(token)) return sayLetters(token);
  if (/(.)\1\1/.test(token) || (token.length <= 5 && !PRONOUNCEABLE.test(token))) return sayLetters(token);
  return token.toLowerCase();
}

/** In an address small letters may be an initialism: "api", but "us" is a word. */
export const isInitialism = (part: string): boolean =>
  part.length > 2 && part === part.toLowerCase() && SPELLED.has(part.toUpperCase());

/** A run of letters or of digits inside an address or a name such as "mp3". */
export function sayToken(part: string): string {
  if (/^\d/.test(part)) return codeNumber(part);
  if (part.length === 1) return part.toUpperCase();
  if (part === part.toUpperCase()) return sayCapitals(part, false);
  return /[aeiouy]/i.test(part) ? part : sayLetters(part);
}

const MIXED = /(?<![A-Za-z\d])(?=[A-Za-z]{0,40}\d)(?=\d{0,40}[A-Za-z])[A-Za-z\d]{2,40}(?![A-Za-z\d])/g;
const HYPHENATED = /(?<![A-Za-z\d])([A-Za-z]{1,30})-(\d{1,4})(?![\dA-Za-z.,]?\d|[A-Za-z])/g;
/** 1920x1080 px */
const PIXELS = /(?<![A-Za-z\d.,])(\d{3,4})\s?x\s?(\d{3,4})(?![A-Za-z\d])(?:\s?(?:px|pixels)\b)?/g;
/** 401(k), 501(c)(3) */
const CLAUSE_OF_LAW = /(?<![\w.,])(\d{1,4})\(([a-z])\)(?:\((\d{1,2})\))?/g;
const DIMENSIONS = /(?<![A-Za-z\d])(\d{1,9})\s?[x×]\s?(\d{1,9})(?:\s?[x×]\s?(\d{1,9}))?(?![A-Za-z\d])/g;

/** R2D2, mp3, COVID-19, 4K, 1920x1080, 10x. */
export function readMixed(text: string): string {
  return text
    .replace(DIMENSIONS, (match, a: string, b: string, c?: string) => {
      const word = /\s/.test(match) ? ' times ' : ' by ';
      return [a, b, c].filter((part) => part !== undefined).join(word);
    })
    .replace(/(?<![A-Za-z\d.,])(\d{1,9}(?:\.\d{1,9})?)[x×](?![A-Za-z\d])/g, '$1 times')
    .replace(HYPHENATED, (_, word: string, digits: string) => `${word} ${codeNumber(digits)}`)
    .replace(/(?<=[A-Za-z]\d{0,5})-(?=\d)/g, ' ')
    .replace(MIXED, (token) => {
      const parts = token.match(/[A-Za-z]{1,40}|\d{1,40}/g) ?? [];
      const plural = parts.at(-1) === 's';
      const spoken = (plural ? parts.slice(0, -1) : parts).map(sayToken).join(' ');
      return plural ? pluralOf(spoken) : spoken;
    });
}

/** camelCase: three small letters or more, then humps; so not iPhone or eBay. */
const CAMEL = /(?<![\p{L}\d])\p{Ll}{3,30}(?:\p{Lu}\p{Ll}{0,30}){1,8}(?!\p{L})/gu;
/** JavaScript, OpenAI: humps of three letters and more, or of capitals alone at the end; so not McDonald or LaTeX. */
const HUMP =
  /(?<=\p{Lu}\p{Ll}{2,30})(?=\p{Lu}(?:\p{Ll}{2}|\p{Lu}{1,5}(?!\p{L})))|(?<=\p{Lu}\p{Ll}{3,30})(?=\p{Lu}(?!\p{L}))|(?<=\p{Lu}\p{Ll})(?=\p{Lu}{3,5}(?!\p{L}))/gu;
/** iOS */
const SMALL_AND_CAPITALS = /(?<![\p{L}\d'])(\p{Ll}\p{Lu}{2,4})(?!\p{L})/gu;

export const splitCamelCase = (text: string): string =>
  text
    .replace(CAMEL, (token) => token.replace(/(?=\p{Lu}\p{Ll})|(?<=\p{Ll})(?=\p{Lu})/gu, ' '))
    .replace(HUMP, ' ')
    .replace(SMALL_AND_CAPITALS, sayLetters);

/** Small letters without a vowel are spelled, like "npm"; but people say these. */
const WITHOUT_VOWEL = /(?<![\p{L}\d'.&-])([b-df-hj-np-tv-xz]{2,6})(?![\p{L}\d'])/gu;
const SAID_WITHOUT_VOWEL = new Set(
  'hm hmm mm mmm sh shh psst pst brr brrr grr grrr pff pfft pht tsk zzz hmph nth cwm mr mrs ms dr st vs th rd nd'.split(
    ' ',
  ),
);

const DOTTED_LETTERS = /(?<![A-Za-z.])((?:[A-Za-z]\.){2,10})([A-Za-z])?(?![A-Za-z])/g;
/** Enough to see whether the text ends. */
const LOOKAHEAD = 4;
const CAPITALS = /(?<![\p{L}\d'])(\p{Lu}{2,30})('?s)?(?![\p{L}\d])/gu;
const AMPERSAND = /(?<![A-Za-z&])([A-Z]{1,3})&([A-Z]{1,3})('?s)?(?![A-Za-z&])/g;
/** AC/DC, N/A */
const BESIDE = /(?<=(?<![\p{L}\d/])[A-Z]{1,4})\/(?=[A-Z]{1,4}(?![\p{L}\d/]))/gu;

/** Whether the words beside a position are capitals too: somebody shouts. */
function isShouting(text: string, from: number, to: number): boolean {
  const before = /(\p{Lu}{2,})[^\p{L}]{1,3}$/u.exec(text.slice(Math.max(0, from - 24), from))?.[1];
  const after = /^[^\p{L}]{1,3}(\p{Lu}{2,})(?!\p{Ll})/u.exec(text.slice(to, to + 24))?.[1];
  const ordinary = (word: string | undefined): boolean =>
    word !== undefined &&
    !SPELLED.has(word) &&
    (ORDINARY.has(word) || (word.length > 3 && (word.length > 5 || PRONOUNCEABLE.test(word))));
  return ordinary(before) || ordinary(after);
}

export function readAcronyms(text: string): string {
  return text
    .replace(
      AMPERSAND,
      (_, a: string, b: string, plural?: string) =>
        `${sayLetters(a)} and ${sayLetters(b)}${plural === undefined ? '' : "'s"}`,
    )
    .replace(BESIDE, (_, offset: number, whole: string) =>
      isShouting(whole, offset, offset + 1) ? ' slash ' : ' ',
    )
    .replace(
      DOTTED_LETTERS,
      (match, letters: string, last: string | undefined, offset: number, whole: string) => {
        const spelled = sayLetters(letters.replaceAll('.', '') + (last ?? ''));
        const after = whole.slice(offset + match.length, offset + match.length + LOOKAHEAD);
        return last === undefined && /^["')]*\s*$/.test(after) ? `${spelled}.` : spelled;
      },
    )
    .replace(WITHOUT_VOWEL, (token) => (SAID_WITHOUT_VOWEL.has(token) ? token : sayLetters(token)))
    .replace(CAPITALS, (match, token: string, plural: string | undefined, offset: number, whole: string) => {
      const shouting = isShouting(whole, offset, offset + match.length);
      const isAgency =
        token === 'WHO' && !shouting && /\b[Tt]he $/.test(whole.slice(Math.max(0, offset - 5), offset));
      const spoken = isAgency ? sayLetters(token) : sayCapitals(token, shouting);
      return plural === undefined
        ? spoken
        : `${spoken}${spoken.includes(' ') || plural.startsWith("'") ? "'s" : 's'}`;
    });
}

/** Numbers that are names: telephone numbers, versions, network addresses. */
const PHONE =
  /(?<![\d.,-])(?:(\+\d{1,3}|1)[\s.-]?)?(?:\((\d{3})\)\s?|(\d{3})[-. ])(\d{3})[-. ](\d{4})(?![\d-]|[.,]\d)/g;
const LOCAL_PHONE = /(?<![\d.,$-])([2-9]\d{2})-(\d{4})(?![\d-]|[.,]\d)/g;
const INTERNATIONAL = /(?<![\d+])\+(\d{1,3})((?:[\s.-]?\d{2,4}){2,5})(?!\d)/g;
const VERSION = /\b[vV](?:er(?:sion)?)?\.?\s?(\d{1,6}(?:\.\d{1,6}){0,5})(?![\d.]*\d|[A-Za-z])/g;
const DOTTED_CODE = /(?<![\d.,])(\d{1,6}(?:\.\d{1,6}){2,5})(?!\d|\.\d)/g;
const NETWORK_PARTS = 4;

const PIXEL_NAME = / ?(?:px|pixels)$/;

const sayGroups = (groups: readonly (string | undefined)[]): string =>
  groups
    .filter((group) => group !== undefined && group !== '')
    .map((group) => digitByDigit(group!.replace(/\D/g, '')))
    .join(', ');

function sayDotted(code: string): string {
  const parts = code.split('.');
  const thousands = parts.length !== NETWORK_PARTS && parts.slice(1).every((part) => part.length === 3);
  if (thousands && parts[0]!.length <= 3) return cardinal(parts.join(''));
  return parts.length === NETWORK_PARTS
    ? parts.map(codeNumber).join(' dot ')
    : parts.map(cardinal).join(' point ');
}

export function readCodes(text: string): string {
  return text
    .replace(PHONE, (_, ...groups) => {
      const [country, bracketed, area, exchange, line] = groups as (string | undefined)[];
      const plus = country?.startsWith('+') === true ? 'plus ' : '';
      return plus + sayGroups([country, bracketed ?? area, exchange, line]);
    })
    .replace(
      INTERNATIONAL,
      (_, country: string, rest: string) => `plus ${sayGroups([country, ...rest.split(/[\s.-]/)])}`,
    )
    .replace(LOCAL_PHONE, (_, exchange: string, line: string) => sayGroups([exchange, line]))
    .replace(PIXELS, (match, width: string, height: string) => {
      const size = `${codeNumber(width)} by ${codeNumber(height)}`;
      return PIXEL_NAME.test(match) ? `${size} pixels` : size;
    })
    .replace(
      CLAUSE_OF_LAW,
      (_, section: string, letter: string, part?: string) =>
        `${codeNumber(section)} ${letter.toUpperCase()}${part === undefined ? '' : ` ${cardinal(part)}`}`,
    )
    .replace(VERSION, (_, code: string) => `version ${sayDotted(code)}`)
    .replace(DOTTED_CODE, (_, code: string) => sayDotted(code));
}
