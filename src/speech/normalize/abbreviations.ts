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
  Ft: 'Fort',
};

/** May end a sentence. Only with their dot. */
const DOTTED: Readonly<Record<string, string>> = {
  Jr: 'Junior',
  Sr: 'Senior',
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
  Apt: 'Apartment',
  etc: 'et cetera',
  approx: 'approximately',
  dept: 'department',
  govt: 'government',
  est: 'estimated',
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
};

const FIXED: readonly (readonly [RegExp, string])[] = [
  [/\be\.\s?g\.(,)?/gi, 'for example$1'],
  [/\bi\.\s?e\.(,)?/gi, 'that is$1'],
  [/\bet al\./gi, 'and others'],
  [/\ba\.k\.a\.?(?![a-z])/gi, 'also known as'],
  [/\bvs?\.(?=\s)|\bvs\b\.?/g, 'versus'],
  [/\bPh\.?D(?:\.|\b)/g, 'P H D'],
  [/\bw\/o(?=\s)/gi, 'without'],
  [/\bw\/(?=\s|[a-z])/gi, 'with '],
  [/\bb\/c\b/gi, 'because'],
  [/\band\/or\b/gi, 'and or'],
  [/(?<=\b(?:[Cc]all|[Dd]ial)(?:ed|ing)? )911\b/g, 'nine one one'],
  [/\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun)\s?[-–]\s?(?=(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b)/g, '$1. to '],
  [/\b24\/7\b/g, 'twenty four seven'],
  [/\b9\/11\b(?!\/)/g, 'nine eleven'],
  [/\b50\/50\b/g, 'fifty fifty'],
];

/** The dot stays where the text or the sentence ends. */
const endsSentence = (after: string): boolean =>
  after === '' || /^["')\]]*(?:\s+["'(]?\p{Lu}|\s*$)/u.test(after);
const LOOKAHEAD = 8;

const names = (table: Readonly<Record<string, string>>): string => Object.keys(table).join('|');
const TITLE = new RegExp(`\\b(${names(TITLES)})(?:\\.(?=\\s?["'(]?\\p{L})|(?=\\s\\p{Lu}\\p{Ll}))`, 'gu');
const WITH_DOT = new RegExp(`\\b(${names(DOTTED)})\\.`, 'g');
const WITH_NUMBER = new RegExp(`\\b(${names(NUMBERED)})\\.\\s?(?=\\d)`, 'gi');
/** "Main St.", "Ocean Dr."; else St. is a saint and Dr. a doctor. */
const STREET = /(?<=\b(?:\p{Lu}\p{Ll}{1,30}|\d{1,4}(?:st|nd|rd|th)) )(St|Dr)\.(?!\s\p{Lu}\p{Ll}+['’]s)/gu;

export function expandAbbreviations(text: string): string {
  let spoken = text;
  for (const [pattern, words] of FIXED) spoken = spoken.replace(pattern, words);
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
