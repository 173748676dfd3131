import { digitByDigit } from './cardinals.ts';

/** Written short forms to words. A dot that also ends the sentence is kept. */

/** Before a name: the dot never ends a sentence. */
const TITLES: Readonly<Record<string, string>> = {
  Mr: 'Mister',
  Mrs: 'Missus',
  Ms: 'Miz',
  Dr: 'Doctor',
  Prof: 'Professor',
  Gen: 'General',
  Col: 'Colonel',
  Capt: 'Captain',
  Cpt: 'Captain',
  Lt: 'Lieutenant',
  Sgt: 'Sergeant',
  Maj: 'Major',
  Rev: 'Reverend',
  Hon: 'Honorable',
  Gov: 'Governor',
  Sen: 'Senator',
  Rep: 'Representative',
  Pres: 'President',
  Mt: 'Mount',
  Mme: 'Madame',
  Mlle: 'Mademoiselle',
  Msgr: 'Monsignor',
  Fr: 'Father',
  Amb: 'Ambassador',
  Adm: 'Admiral',
  Cmdr: 'Commander',
  Det: 'Detective',
  Ofc: 'Officer',
  Supt: 'Superintendent',
  Atty: 'Attorney',
  Assoc: 'Associate',
  Ft: 'Fort',
};

/** May end a sentence. Only with their dot. */
const DOTTED: Readonly<Record<string, string>> = {
  Jr: 'Junior',
  Sr: 'Senior',
  Esq: 'Esquire',
  Inc: 'Incorporated',
  Ltd: 'Limited',
  Corp: 'Corporation',
  Co: 'Company',
  Bros: 'Brothers',
  Dept: 'Department',
  Univ: 'University',
  Ave: 'Avenue',
  Blvd: 'Boulevard',
  Rd: 'Road',
  Ln: 'Lane',
  Hwy: 'Highway',
  Pkwy: 'Parkway',
  Ter: 'Terrace',
  Bldg: 'Building',
  Apt: 'Apartment',
  etc: 'et cetera',
  approx: 'approximately',
  dept: 'department',
  govt: 'government',
  est: 'estimated',
  incl: 'including',
  excl: 'excluding',
  intl: 'international',
  attn: 'attention',
  doz: 'dozen',
  avg: 'average',
  max: 'maximum',
  misc: 'miscellaneous',
  tel: 'telephone',
  ext: 'extension',
  cf: 'compare',
  ca: 'circa',
  viz: 'namely',
};

/** Only before a number. */
const NUMBERED: Readonly<Record<string, string>> = {
  no: 'number',
  nos: 'numbers',
  vol: 'volume',
  fig: 'figure',
  figs: 'figures',
  eq: 'equation',
  pp: 'pages',
  p: 'page',
  pg: 'page',
  ch: 'chapter',
  sec: 'section',
  art: 'article',
  par: 'paragraph',
  apt: 'apartment',
  rm: 'room',
  ste: 'suite',
  op: 'opus',
  min: 'minimum',
};

const FIXED: readonly (readonly [RegExp, string | ((match: string) => string)])[] = [
  [/\be\.\s?g\.(,)?/gi, 'for example$1'],
  [/\bi\.\s?e\.(,)?/gi, 'that is$1'],
  [/\bet al\./gi, 'and others'],
  [/\ba\.k\.a\.?(?![a-z])/gi, 'also known as'],
  [/\bvs?\.(?=\s)|\bvs\b\.?/g, 'versus'],
  [/\bPh\.?Ds\b/g, "P H D's"],
  [/\bPh\.?D(?:\.|\b)/g, 'P H D'],
  [/\b(?:gov't|govt)(?![\w.])/gi, 'government'],
  [/\bnat'l\b/gi, 'national'],
  [/\bint'l\b/gi, 'international'],
  [/\bdep't\b/gi, 'department'],
  [/\battn(?=:)/gi, 'attention'],
  [/\bc\/o\b/g, 'care of'],
  [/\bCtrl\b/g, 'control'],
  [/\bIPv(?=[46]\b)/g, 'IPV '],
  [/\bWWII\b/g, 'World War two'],
  [/\bWWI\b/g, 'World War one'],
  [/\bI AM\b/g, 'I am'],
  // before a year
  [/\b[Ee]st\.\s?(?=[12]\d{3}\b)/g, 'established '],
  [/(?<![\w.])ca?\.\s?(?=\d{3,4}\b)/g, 'circa '],
  [/(?<![\w.])b\.\s?(?=[12]\d{3}\b)/g, 'born '],
  [/(?<![\w.])d\.\s?(?=[12]\d{3}\b)/g, 'died '],
  // behind an ordinal
  [/(?<=\d(?:st|nd|rd|th) )c\.(?!\w)/g, 'century'],
  [/(?<=\d(?:st|nd|rd|th) )ed\.(, rev\.)?/g, 'edition$1'],
  [/(?<=edition, )rev\./g, 'revised'],
  [/(?<=\d(?:st|nd|rd|th) )[Ff]l\./g, 'Floor'],
  [/\btemp\.(?=\s(?:\p{Ll}|\d))/gu, 'temperature'],
  // a sister, where no name goes before that could be a father's
  [/(?<!\p{Lu}\p{L}{0,20}\.?,? )\bSr\.(?=\s\p{Lu}\p{Ll})/gu, 'Sister'],
  // p's and q's
  [/(?<![\p{L}\d'.])([b-hj-z])(?='s\b)/gu, (letter: string) => letter.toUpperCase()],
  [/\bw\/o(?=\s)/gi, 'without'],
  [/\bw\/(?=\s|[a-z])/gi, 'with '],
  [/\bb\/c\b/gi, 'because'],
  [/\band\/or\b/gi, 'and or'],
  [/(?<=\b(?:[Cc]all|[Dd]ial)(?:ed|ing)? )[2-9]11\b/g, digitByDigit],
  [/(?<=\b[Tt]ext )\d{5,6}\b/g, digitByDigit],
  [/(?<=\b[Ee]xt(?:\.|ension) ?)\d{2,6}\b/g, (digits: string) => ` ${digitByDigit(digits)}`],
  [/\b20\/20\b/g, 'twenty twenty'],
  [/(?<=^|\s)<3(?=\s|$|[.!?,])/g, 'love'],
  // 7 days/week
  [/(?<=\d\s?\p{L}{1,12})\/(?=(?:hour|day|night|week|month|year|person)\b)/gu, ' per '],
  [/\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun)\s?[-–]\s?(?=(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b)/g, '$1. to '],
  [/\b24\/7\b/g, 'twenty four seven'],
  [/\b9\/11\b(?!\/)/g, 'nine eleven'],
];

/** The dot stays where the text or the sentence ends. */
const endsSentence = (after: string): boolean =>
  after === '' || /^["')\]]*(?:\s+["'(]?\p{Lu}|\s*$)/u.test(after);
const LOOKAHEAD = 8;

const names = (table: Readonly<Record<string, string>>): string => Object.keys(table).join('|');
const TITLE = new RegExp(`\\b(${names(TITLES)})(?:\\.(?=\\s?["'(]?\\p{L})|(?=\\s\\p{Lu}\\p{Ll}))`, 'gu');
const WITH_DOT = new RegExp(`\\b(${names(DOTTED)})\\.`, 'g');
const WITH_NUMBER = new RegExp(`\\b(${names(NUMBERED)})\\.\\s?(?=\\(?\\d)`, 'gi');
/** "Main St.", "Ocean Dr."; else St. is a saint and Dr. a doctor. */
const STREET = /(?<=\b(?:\p{Lu}\p{Ll}{1,30}|\d{1,4}(?:st|nd|rd|th)) )(St|Dr)\.(?!\s\p{Lu}\p{Ll}+['’]s)/gu;

export function expandAbbreviations(text: string): string {
  let spoken = text;
  for (const [pattern, words] of FIXED)
    spoken = typeof words === 'string' ? spoken.replace(pattern, words) : spoken.replace(pattern, words);
  const withDot = (words: string, offset: number, whole: string, length: number): string =>
    words + (endsSentence(whole.slice(offset + length, offset + length + LOOKAHEAD)) ? '.' : '');
  return spoken
    .replace(STREET, (match, kind: string, offset: number, whole: string) => {
      const after = whole.slice(offset + match.length, offset + match.length + LOOKAHEAD);
      if (kind === 'Dr' && /^\s\p{Lu}/u.test(after)) return 'Doctor';
      return withDot(kind === 'St' ? 'Street' : 'Drive', offset, whole, match.length);
    })
    .replace(/\bSt\.?(?=\s\p{Lu}\p{Ll})/gu, 'Saint')
    .replace(TITLE, (_, title: string) => TITLES[title]!)
    .replace(WITH_NUMBER, (_, short: string) => `${NUMBERED[short.toLowerCase()]} `)
    .replace(WITH_DOT, (match, short: string, offset: number, whole: string) =>
      withDot(DOTTED[short]!, offset, whole, match.length),
    );
}
