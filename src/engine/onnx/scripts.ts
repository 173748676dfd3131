/** ISO 15924 to the scripts (Unicode, UAX 24) that are written together. */
const scriptsOf: Readonly<Record<string, readonly string[]>> = {
  Latn: ['Latin'],
  Cyrl: ['Cyrillic'],
  Deva: ['Devanagari'],
  Grek: ['Greek'],
  Hans: ['Han'],
  Hant: ['Han'],
  Jpan: ['Han', 'Hiragana', 'Katakana'],
  Kore: ['Hangul', 'Han'],
};

/** What people call the letters of a script, and how many Latin ones say as much as one of them. */
const letters: Readonly<Record<string, readonly [name: string, weight: number]>> = {
  Latin: ['Latin letters', 1],
  Cyrillic: ['Cyrillic letters', 1],
  Greek: ['Greek letters', 1],
  Arabic: ['Arabic letters', 1],
  Hebrew: ['Hebrew letters', 1],
  Devanagari: ['Devanagari letters', 1],
  Bengali: ['Bengali letters', 1],
  Tamil: ['Tamil letters', 1],
  Thai: ['Thai letters', 1],
  Armenian: ['Armenian letters', 1],
  Georgian: ['Georgian letters', 1],
  Hiragana: ['Japanese characters', 2],
  Katakana: ['Japanese characters', 2],
  Hangul: ['Korean characters', 2],
  Han: ['Chinese characters', 3],
};

/** UTF-16 units that are looked at. */
const LOOKED_AT = 2000;

const patterns: ReadonlyMap<string, RegExp> = new Map(
  Object.keys(letters).map((script) => [script, new RegExp(`\\p{Script=${script}}`, 'gu')]),
);

/**
 * What most of `text` is written in, in plain English, where `language` (BCP 47) is written otherwise: a voice would pass over
 * those words. Undefined for a text that is mostly in the scripts of the language, and for one without letters.
 */
export function foreignScript(text: string, language: string): string | undefined {
  const own = scriptsOf[new Intl.Locale(language).maximize().script ?? ''];
  if (!own) return undefined;
  const begin = text.slice(0, LOOKED_AT);
  let spoken = 0;
  let most = 0;
  let foreign: string | undefined;
  for (const [script, pattern] of patterns) {
    const [name, weight] = letters[script] ?? ['', 1];
    const count = weight * (begin.match(pattern)?.length ?? 0);
    if (own.includes(script)) spoken += count;
    else if (count > most) [most, foreign] = [count, name];
  }
  return most > spoken ? foreign : undefined;
}

/** What people call a language: `American English`. */
export function languageName(tag: string): string {
  return new Intl.DisplayNames(['en'], { type: 'language' }).of(tag) ?? tag;
}
