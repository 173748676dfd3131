import { isInitialism, sayLetters, sayToken } from './tokens.ts';

/** Addresses as people read them out: "dot", "at", "slash". Lengths are bounded so that a match costs little. */
const EMAIL = /(?<![\w.+-])([\w.+-]{1,64})@([A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,4})(?![\w-])/g;
const URL = /(?<![\w@.])(?:(?:https?|ftp):\/\/|www\.)[^\s<>"'(){}[\]]{1,2000}/gi;
const TOP_LEVEL = 'com|org|net|edu|gov|io|ai|dev|app|co|uk|de|fr|info|me|tv|us|ca|eu|vn|jp|cn|xyz';
const DOMAIN = new RegExp(
  `(?<![\\w@.-])((?:[A-Za-z][A-Za-z0-9-]{0,62}\\.){1,4}(?:${TOP_LEVEL}))(?![\\w-]|\\.[A-Za-z])((?:\\/[\\w./?=&%#~-]{0,500}[\\w/])?)`,
  'g',
);
/** What follows the dot of a file's name and is said letter by letter, whatever its vowels; and what is said as a word. */
const SPELLED_TYPES =
  'jpg|png|pdf|txt|csv|html|htm|css|js|jsx|ts|tsx|mjs|md|py|cpp|rb|rs|sh|cs|xml|yml|xls|xlsx|ppt|pptx|docx|exe|dll|mp3|mp4|mov|avi|svg|ini|sql|log4j';
const SAID_TYPES = 'gif|json|yaml|toml|zip|doc|log|java|go|rar|wav|out|app|bin|bat|jar|tar|lock|env';
const FILE = new RegExp(
  `(?<![\\w@./-])([\\p{L}\\d][\\p{L}\\d_-]{0,60})\\.(${SPELLED_TYPES}|${SAID_TYPES})(?![\\w-]|\\.\\w)`,
  'giu',
);
const SPELLED_TYPE = new RegExp(`^(?:${SPELLED_TYPES})$`, 'i');
/** /usr/bin */
const PATH = /(?<![\w/.:)>])((?:\/[\w.-]{1,40}){2,12})\/?(?![\w/])/g;
const HASHTAG = /(?<![\w&#])#([A-Za-z]\w{0,60})/g;
const MENTION = /(?<![\w@])@([A-Za-z]\w{0,60})/g;

/** ".NET", ".env": a name that begins with its dot. */
const DOT_NAME = /(?<=^|[\s("'])\.([A-Za-z]{2,12})(?![\w.]*\w)/g;

const MARKS: Readonly<Record<string, string>> = {
  '.': ' dot ',
  '/': ' slash ',
  '@': ' at ',
  '-': ' dash ',
  _: ' underscore ',
  '?': ' question mark ',
  '=': ' equals ',
  '&': ' and ',
  '#': ' hash ',
  '%': ' percent ',
  '+': ' plus ',
  '~': ' tilde ',
  ':': ' colon ',
};
const SPELLED_DOMAINS = new Set([
  'uk',
  'io',
  'ai',
  'tv',
  'us',
  'de',
  'fr',
  'eu',
  'vn',
  'jp',
  'cn',
  'xyz',
  'ca',
]);

function sayAddress(address: string): string {
  const parts = address.match(/[A-Za-z]{1,2000}|\d{1,2000}|./gsu) ?? [];
  return parts
    .map((part, i) => {
      const mark = MARKS[part];
      if (mark !== undefined) return mark;
      const top = parts[i - 1] === '.' && SPELLED_DOMAINS.has(part.toLowerCase());
      return top || part.toLowerCase() === 'www' || isInitialism(part)
        ? sayLetters(part)
        : ` ${sayToken(part)} `;
    })
    .join('')
    .replace(/\s+/g, ' ')
    .trim();
}

/** "mp3" -> "M P three" */
const sayType = (type: string): string =>
  (type.match(/[a-z]+|\d+/gi) ?? [])
    .map((part) => (/\d/.test(part) ? sayToken(part) : sayLetters(part)))
    .join(' ');

/** "CamelCaseTag" -> "Camel Case Tag" */
const splitCamel = (tag: string): string => tag.replace(/([a-z\d])([A-Z])/g, '$1 $2').replaceAll('_', ' ');

export function readAddresses(text: string): string {
  return text
    .replace(EMAIL, (_, user: string, host: string) => sayAddress(`${user}@${host}`))
    .replace(URL, (match) => {
      const end = /[.,;:!?]{1,20}$/.exec(match)?.[0] ?? '';
      const body = match
        .slice(0, match.length - end.length)
        .replace(/^(?:https?|ftp):\/\//i, '')
        .replace(/\/$/, '');
      return sayAddress(body) + end;
    })
    .replace(DOMAIN, (_, host: string, path: string) => sayAddress(host + path.replace(/\/$/, '')))
    .replace(
      FILE,
      (_, name: string, type: string) =>
        `${sayAddress(name)} dot ${SPELLED_TYPE.test(type) ? sayType(type) : type.toLowerCase()}`,
    )
    .replace(PATH, sayAddress)
    .replace(DOT_NAME, (_, name: string) => `dot ${name === 'NET' ? 'net' : sayToken(name)}`)
    .replace(HASHTAG, (_, tag: string) => `hashtag ${splitCamel(tag)}`)
    .replace(MENTION, (_, name: string) => `at ${splitCamel(name)}`);
}
