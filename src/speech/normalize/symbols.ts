/** First pass: one form for each kind of quote, dash, space and digit; nothing that has no sound. */
const VULGAR_FRACTION = /[\u00bc-\u00be\u2150-\u215e\u2189]/g;
/** Emoji, flags, skin tones, variation selectors, joiners; digits and # * are emoji bases too, so they are left out. */
const PICTURE = /\p{Extended_Pictographic}|\p{Regional_Indicator}|\p{Emoji_Modifier}|[\u20e3\ufe00-\ufe0f]/gu;
const INVISIBLE = /[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;
const CONTROL = /[\p{Cc}\p{Cs}\p{Co}\p{Cn}]/gu;
const NAMED: readonly (readonly [RegExp, string])[] = [
  [/<\/?[A-Za-z][^<>]{0,200}>/g, ' '], // a tag; later "<5 and >" would look like one
  [/№/g, ' No. '],
  [/(?<=\b\d{3,4})×(?=\d{3,4}\b)/g, 'x'],
  [/\b([A-Z]):\\(?=\w)/g, '$1 colon backslash '],
  [/(?<=\w)\\(?=\w)/g, ' backslash '],
  [/[℃]/g, '°C'],
  [/[℉]/g, '°F'],
  [/[™®©℠]/g, ' '],
  [/²(?![\u00b9\u00b2\u00b3\u2070-\u2079])/g, ' squared '],
  [/³(?![\u00b9\u00b2\u00b3\u2070-\u2079])/g, ' cubed '],
];

/** The value of a decimal digit of any script: their ten digits lie side by side. */
function toAsciiDigit(character: string): string {
  const code = character.codePointAt(0)!;
  let value = 0;
  while (value < 9 && /\p{Nd}/u.test(String.fromCodePoint(code - value - 1))) value++;
  return String(value);
}

export function tidyQuotesAndDashes(text: string): string {
  return text
    .replace(/[\u2018\u2019\u201a\u201b\u02bc\u2032\u00b4`]/g, "'")
    .replace(/[\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb]/g, '"')
    .replace(/[\u2010\u2011]/g, '-')
    .replace(/\.{3,}|(?:\. ){2,}\./g, '…')
    .replace(/[\u2014\u2015]|-{2,}/g, '—');
}

export const tidySpaces = (text: string): string => text.replace(/\s+/gu, ' ').trim();

export function tidyCharacters(text: string): string {
  let tidy = text.replace(/[\n\r\t\v\f\u0085]/g, ' ').replace(INVISIBLE, '');
  for (const [pattern, replacement] of NAMED) tidy = tidy.replace(pattern, replacement);
  tidy = tidy
    .replace(VULGAR_FRACTION, (fraction) => ` ${fraction.normalize('NFKC').replace('\u2044', '/')}`)
    .replace(PICTURE, ' ')
    .replace(CONTROL, ' ')
    .normalize('NFKC')
    .replace(/\p{Nd}/gu, (digit) => (digit <= '9' ? digit : toAsciiDigit(digit)))
    .replace(/[\p{Nl}\p{No}]/gu, ' ')
    .replace(/\u2212/g, '-')
    .replace(/\u2044/g, '/');
  return tidySpaces(tidyQuotesAndDashes(tidy));
}

/** Signs that have a name, and those that have none. */
const BEFORE_NUMBERS: readonly (readonly [RegExp, string])[] = [
  [/\bC#/g, 'C sharp'],
  [/\bF#/g, 'F sharp'],
  [/\bC\+\+/g, 'C plus plus'],
  [/(?<!\w)#\s?(?=\d)/g, 'number '],
  [/(?<![\w~])~\s?(?=[\d$£€])/g, 'about '],
  [/(?<=^|[\s("])[-–](?=\.?\d)/g, 'minus '],
  [/\+\/-|±/g, ' plus or minus '],
  [/(?<=\d)\s?÷\s?(?=\d)/g, ' divided by '],
  [/(?<=[\d\w)])\s?\*\s?(?=\d)/g, ' times '],
  [/(?<=[\w)])\s?\^\s?(?=[\w(-])/g, ' to the power of '],
  [/×/g, ' times '],
  [/(?<![\w<)] ?)<\s?(?=[\d$£€.])/g, ' less than '],
  [/(?<![\w>)] ?|^)>(?=[\d$£€.])/g, ' greater than '],
  [/(?:<=|≤|=<)/g, ' less than or equal to '],
  [/(?:>=|≥)/g, ' greater than or equal to '],
  [/!=|≠/g, ' is not equal to '],
  [/≈/g, ' is about '],
  [/={2,}/g, ' equals '],
  [/(?:<-+|-+>|=>|[←-⇿])/g, ' — '],
];

const AFTER_NUMBERS: readonly (readonly [RegExp, string])[] = [
  [/&(?:amp|nbsp|quot|lt|gt);/g, ' '],
  [/&/g, ' and '],
  [/=/g, ' equals '],
  [/\+/g, ' plus '],
  [/(?<=\w)\s?<\s?(?=\w)/g, ' less than '],
  [/(?<=\w)\s?>\s?(?=\w)/g, ' greater than '],
  [/@/g, ' at '],
  [/%/g, ' percent '],
  [/°/g, ' degrees '],
  [/§/g, ' section '],
  [/\$/g, ' dollars '],
  [/£/g, ' pounds '],
  [/€/g, ' euros '],
  [/¢/g, ' cents '],
  [/(?<=\p{L})\/(?=\p{L})/gu, ' slash '],
  [/#(?=\p{L})/gu, ' hash '],
  [/\s[-–]\s|–/g, ' — '],
];

const rewrite = (text: string, rules: readonly (readonly [RegExp, string])[]): string => {
  let spoken = text;
  for (const [pattern, words] of rules) spoken = spoken.replace(pattern, words);
  return spoken;
};

export const nameMathSigns = (text: string): string => rewrite(text, BEFORE_NUMBERS);
export const nameSigns = (text: string): string => rewrite(text, AFTER_NUMBERS);

/** Last pass: only letters, inner apostrophes and hyphens, and marks of prosody stay; each space once. */
export function keepSpeech(text: string): string {
  return text
    .replace(/[^\p{L}\p{M}'\-.,;:!?…—()" ]/gu, ' ')
    .replace(/(?<![\p{L}\p{M}])-|-(?![\p{L}])/gu, ' ')
    .replace(/(?<![\p{L}\p{M}])'(?!\p{L})/gu, ' ')
    .replace(/([!?])[!?]{2,}/g, '$1')
    .replace(/\.{2,}/g, '…')
    .replace(/ {2,}/g, ' ')
    .replace(/ +(?=[.,;:!?…)])/g, '')
    .replace(/\( +/g, '(')
    .replace(/\(\)/g, '')
    .replace(/([,;:])[,;:]{1,}/g, '$1')
    .replace(/(?<=\p{L})([,;:!?…)])(?=\p{L})/gu, '$1 ')
    .replace(/(?<=\p{Ll})\.(?=\p{Ll})/gu, ' dot ')
    .replace(/(?<=\p{Ll})\.(?=\p{Lu})/gu, '. ')
    .replace(/ {2,}/g, ' ')
    .trim();
}
