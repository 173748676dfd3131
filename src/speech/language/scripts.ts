/** ISO 15924 to the scripts (Unicode, UAX 24) that are written together. */
const scriptsOf: Readonly<Record<string, readonly string[]>> = {
  Latn: ['Latin'],
  Arab: ['Arabic'],
  Armn: ['Armenian'],
  Beng: ['Bengali'],
  Cyrl: ['Cyrillic'],
  Deva: ['Devanagari'],
  Geor: ['Georgian'],
  Grek: ['Greek'],
  Hans: ['Han'],
  Hant: ['Han'],
  Hebr: ['Hebrew'],
  Jpan: ['Han', 'Hiragana', 'Katakana'],
  Kore: ['Hangul', 'Han'],
  Taml: ['Tamil'],
  Thai: ['Thai'],
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

/** So many languages are remembered: as many as voices speak here. */
const MAX_KNOWN = 200;
const known = new Map<string, readonly string[] | undefined>();

/** Of a language (BCP 47); what is asked of the runtime costs as much as all else that is found out here. */
function ownScripts(language: string): readonly string[] | undefined {
  if (!known.has(language)) {
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(language, scriptsOf[new Intl.Locale(language).maximize().script ?? '']);
  }
  return known.get(language);
}

/** Most texts of a crowd hold no letters but Latin ones: they are told by one pattern in the place of fifteen. */
function isPlain(text: string, own: readonly string[]): boolean {
  return own.includes('Latin') && !/\P{ASCII}/u.test(text);
}

/**
 * What most of `text` is written in, in plain English, where `language` (BCP 47) is written otherwise: a voice would pass over
 * those words. Undefined for a text that is mostly in the scripts of the language, and for one without letters.
 */
export function foreignScript(text: string, language: string): string | undefined {
  const own = ownScripts(language);
  const begin = text.slice(0, LOOKED_AT);
  if (!own || isPlain(begin, own)) return undefined;
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

/** Tells of a language (BCP 47) whether most of `text`, in letters other than Latin ones, is written as that is. */
export function scriptsWritten(text: string): (language: string) => boolean {
  const begin = text.slice(0, LOOKED_AT);
  const count = (script: string): number => begin.match(patterns.get(script) ?? /$^/g)?.length ?? 0;
  const kana = count('Hiragana') + count('Katakana');
  const hangul = count('Hangul');
  return (language) => {
    const { script = '' } = new Intl.Locale(language).maximize();
    if (kana > 0) return script === 'Jpan';
    if (hangul > 0) return script === 'Kore';
    if (count('Han') > 0) return script === 'Hans' || script === 'Hant';
    return foreignScript(begin, language) === undefined && script in scriptsOf;
  };
}

/**
 * The letters of `text` that a voice of `language` passes over although most of the text is its own, in plain English. One letter alone is
 * a sign (`β`, `π`), and more than one of Chinese.
 */
export function lettersPassedOver(text: string, language: string): readonly string[] {
  const own = ownScripts(language);
  const begin = text.slice(0, LOOKED_AT);
  if (!own || isPlain(begin, own)) return [];
  const found = Object.entries(letters).filter(([script, [, weight]]) => {
    if (own.includes(script)) return false;
    const run = weight > 1 ? 1 : 2;
    return new RegExp(`\\p{Script=${script}}{${run}}`, 'u').test(begin);
  });
  return [...new Set(found.map(([, [name]]) => name))];
}

/** What people call a language: `American English`. */
export function languageName(tag: string): string {
  return new Intl.DisplayNames(['en'], { type: 'language' }).of(tag) ?? tag;
}
