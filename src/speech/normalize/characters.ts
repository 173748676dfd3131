/** First pass: one form for each kind of quote, dash, space and digit; nothing that has no sound. */
const VULGAR_FRACTION = /[\u00bc-\u00be\u2150-\u215e\u2189]/g;
/** Emoji, flags, skin tones, variation selectors, joiners; digits and # * are emoji bases too, so they are left out. */
const PICTURE = /\p{Extended_Pictographic}|\p{Regional_Indicator}|\p{Emoji_Modifier}|[\u20e3\ufe00-\ufe0f]/gu;
const INVISIBLE = /[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;
const CONTROL = /[\p{Cc}\p{Cs}\p{Co}\p{Cn}]/gu;
const NAMED: readonly (readonly [RegExp, string])[] = [
  [/№/g, ' No. '],
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
