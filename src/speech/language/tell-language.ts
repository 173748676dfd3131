import { functionWords } from './function-words.ts';
import { primaryOf } from './language-tag.ts';
import { foreignScript, languageName, scriptsWritten } from './scripts.ts';

/** What a text is in, where a voice does not speak it. */
export interface ForeignText {
  /** In plain English, for a sentence: `in German`, `written in Chinese characters`. */
  readonly is: string;
  /** Whether a voice of this language (BCP 47) can be meant; several may. */
  readonly fits: (language: string) => boolean;
  /** Its letters say so. */
  readonly isOtherScript: boolean;
  /** ISO 639, where it is known. */
  readonly language?: string | undefined;
}

/** UTF-16 units that are looked at. */
const LOOKED_AT = 2000;
/** Fewer words may be a name, a title or an address, whatever they look like. */
const MIN_WORDS = 4;
/** Of the words of a text, those that must be function words of its language; and how many different ones. */
const MIN_SHARE = 0.3;
const MIN_DIFFERENT = 3;
/** So many times as many as of the voice's own language: those that are much alike are never told apart. */
const MARGIN = 3;

/**
 * What `text` is in where it is not `language` (BCP 47), as far as that can be told safely: by its letters, or by the words that
 * hold its sentences together. Undefined where nobody can tell: an error for a text that could have been spoken is worse than a bad
 * reading.
 */
export function foreignTo(text: string, language: string): ForeignText | undefined {
  const script = foreignScript(text, language);
  const own = primaryOf(language);
  if (script === undefined) {
    const told = tellLanguage(text, own);
    return told === undefined ? undefined : inLanguage(told);
  }
  const among = /Latin|Cyrillic/.test(script) ? tellLanguage(text) : undefined;
  const isWritten = scriptsWritten(text);
  return {
    is: `written in ${script}`,
    isOtherScript: true,
    language: among,
    fits: (other) => (among === undefined ? isWritten(other) : primaryOf(other) === among),
  };
}

/** A text of which its client says that it is in `language`. */
export function inLanguage(language: string): ForeignText {
  return {
    is: `in ${languageName(language)}`,
    isOtherScript: false,
    language,
    fits: (other) => primaryOf(other) === primaryOf(language),
  };
}

/**
 * ISO 639 of the language whose function words hold `text` together; undefined where they may be those of `own`. Without `own`
 * every language is another one.
 */
export function tellLanguage(text: string, own?: string): string | undefined {
  const ownWords = own === undefined ? none : functionWords[own];
  const begin = text.slice(0, LOOKED_AT).normalize('NFC').toLowerCase().replaceAll('’', "'");
  const words = begin.match(/[\p{L}\p{M}']+/gu) ?? [];
  if (words.length < MIN_WORDS || !ownWords) return undefined;
  let best: { language: string; found: number } | undefined;
  for (const [language, known] of Object.entries(functionWords)) {
    if (language === own) continue;
    const found = words.filter((word) => known.has(word));
    if (found.length <= (best?.found ?? 0) || found.length < MIN_SHARE * words.length) continue;
    const alone = found.filter((word) => !ownWords.has(word));
    const against = words.filter((word) => ownWords.has(word) && !known.has(word));
    if (new Set(alone).size < MIN_DIFFERENT || against.length * MARGIN > alone.length) continue;
    best = { language, found: found.length };
  }
  return best?.language;
}

const none: ReadonlySet<string> = new Set();
