import type { Pronunciation, SpeechRequest } from '../core/request.ts';
import type { Voice } from '../core/voices.ts';

/** A longer text is not looked through for its words: they are looked for in each of its parts. */
const LOOKED_THROUGH = 20_000;
/** What words stand for may be so long, and so many times as long as the text; beyond it they stay as they are written. */
const EXPANSION = 10_000;
const EXPANSION_FACTOR = 4;

/**
 * Those of `entries` that hold for `voice` and have a word in `text`; without a text, or where it is long, whatever may be
 * said. Of several for a word, those for a voice stand before those for a language, and those before those for all.
 */
export function fittingPronunciations(
  text: string | undefined,
  entries: readonly Pronunciation[],
  voice: Voice | undefined,
): readonly Pronunciation[] {
  const fitting = entries.filter((entry) => fits(entry, voice)).sort((a, b) => weight(b) - weight(a));
  if (text === undefined || text.length > LOOKED_THROUGH) return fitting;
  const found = new Set<Pronunciation>();
  for (const { entry } of finderOf(fitting).find(text)) found.add(entry);
  return fitting.filter((entry) => found.has(entry));
}

/** `request` with its words said as it was taught: aliases stand in the text, sounds go along in `sounds`, for the engine to read. */
export function withPronunciations(request: SpeechRequest): SpeechRequest {
  const { pronunciations = [], ...plain } = request;
  if (pronunciations.length === 0) return request;
  const sounds = new Map<string, string>();
  const parts: string[] = [];
  let left = EXPANSION + EXPANSION_FACTOR * request.text.length;
  let at = 0;
  for (const { start, end, entry } of finderOf(pronunciations).find(request.text)) {
    const written = request.text.slice(start, end);
    left -= (entry.alias ?? entry.ipa ?? '').length;
    if (left < 0) break;
    if (entry.ipa !== undefined) sounds.set(written, entry.ipa);
    parts.push(request.text.slice(at, start), entry.alias ?? written);
    at = end;
  }
  const text = parts.join('') + request.text.slice(at);
  const given = [...sounds].map(([word, ipa]) => ({ word, ipa }));
  return { ...plain, text, ...(given.length > 0 && { phonemeOverrides: given }) };
}

/** How many characters `text` has more when it is said as `pronunciations` than as it is written. Negative where it has fewer. */
export function addedCharacters(text: string, pronunciations: readonly Pronunciation[]): number {
  if (pronunciations.length === 0) return 0;
  let added = 0;
  for (const { start, end, entry } of finderOf(pronunciations).find(text)) {
    added += (entry.alias ?? entry.ipa ?? '').length - (end - start);
  }
  return added;
}

/** All parts of a text carry the same list. */
const finders = new WeakMap<readonly Pronunciation[], WordFinder<Pronunciation>>();

function finderOf(entries: readonly Pronunciation[]): WordFinder<Pronunciation> {
  const finder = finders.get(entries) ?? new WordFinder(entries);
  finders.set(entries, finder);
  return finder;
}

function fits(entry: Pronunciation, voice: Voice | undefined): boolean {
  if (entry.voice !== undefined && entry.voice !== voice?.id) return false;
  if (entry.language === undefined || voice === undefined || voice.language === anyLanguage) return true;
  return primary(entry.language) === primary(voice.language);
}

/** BCP 47 for several languages: a voice of an origin, of which nobody knows what it reads. */
const anyLanguage = 'mul';

function primary(language: string): string {
  return (language.toLowerCase().split('-')[0] ?? '').trim();
}

function weight({ voice, language, word }: Pronunciation): number {
  return (voice === undefined ? 0 : 2) + (language === undefined ? 0 : 1) + word.length / 1000;
}

/** Finds `words`, the first that fits, where no letter or digit of any script stands beside them. */
export function wholeWords(words: readonly string[], flags: 'giu' | 'gu'): RegExp {
  const sources = words.map((word) => word.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`(?<![\\p{L}\\p{N}])(?:${sources.join('|')})(?![\\p{L}\\p{N}])`, flags);
}

/** Where one of the words stands in a text. */
export interface FoundWord<Entry> {
  readonly start: number;
  readonly end: number;
  readonly entry: Entry;
}

const LETTER = 1;
const SPACE = 2;
const SIGN = 3;
type Kind = typeof LETTER | typeof SPACE | typeof SIGN;

/** What each code point of the basic plane is, as far as one was met: asking a regular expression costs a hundred times as much. */
const kinds = new Uint8Array(0x10000);

function kindOf(codePoint: number): Kind {
  const known = kinds[codePoint];
  if (known) return known as Kind;
  const char = String.fromCodePoint(codePoint);
  const kind = /[\p{L}\p{N}]/u.test(char) ? LETTER : /\s/u.test(char) ? SPACE : SIGN;
  if (codePoint < kinds.length) kinds[codePoint] = kind;
  return kind;
}

/** Letters and digits of any script in a row, or one sign: where it ends. Undefined at a space. */
function stepEnd(text: string, start: number): number | undefined {
  const first = text.codePointAt(start) ?? 0;
  let end = start + sizeOf(first);
  const kind = kindOf(first);
  if (kind !== LETTER) return kind === SPACE ? undefined : end;
  while (end < text.length) {
    const next = text.codePointAt(end) ?? 0;
    if (kindOf(next) !== LETTER) break;
    end += sizeOf(next);
  }
  return end;
}

const sizeOf = (codePoint: number): 1 | 2 => (codePoint > 0xffff ? 2 : 1);

interface Word<Entry> {
  readonly word: string;
  readonly lower: string;
  readonly isExact: boolean;
  readonly entry: Entry;
}

/**
 * Finds words and phrases in texts: the longest at each place, of equals the first given, where no letter or digit stands
 * beside it. Takes time by the length of the text, however many words there are: they are kept by how they begin.
 */
export class WordFinder<
  Entry extends { readonly word: string; readonly caseSensitive?: boolean | undefined },
> {
  readonly #byBeginning = new Map<string, Word<Entry>[]>();
  /** The first code units of all beginnings: most of a text needs no more than a look at them. */
  readonly #firstUnits = new Set<number>();

  constructor(entries: readonly Entry[]) {
    const words = entries.map((entry) => {
      return {
        word: entry.word,
        lower: entry.word.toLowerCase(),
        isExact: entry.caseSensitive === true,
        entry,
      };
    });
    for (const word of words.sort((a, b) => b.word.length - a.word.length)) {
      const beginning = beginningOf(word.word).toLowerCase();
      const same = this.#byBeginning.get(beginning);
      if (same) same.push(word);
      else this.#byBeginning.set(beginning, [word]);
      this.#firstUnits.add(beginning.charCodeAt(0));
    }
  }

  *find(text: string): Generator<FoundWord<Entry>, void, void> {
    for (let at = 0; at < text.length; ) {
      const start = at;
      const end = stepEnd(text, start);
      at = end ?? start + 1;
      if (end === undefined || !this.#mayBegin(text.charCodeAt(start))) continue;
      const step = text.slice(start, end).toLowerCase();
      const found = this.#byBeginning.get(step)?.find((word) => stands(word, text, start));
      if (!found) continue;
      // the step that the word ends in is over with it
      for (const wordEnd = start + found.word.length; at < wordEnd; ) at = stepEnd(text, at) ?? at + 1;
      yield { start, end: start + found.word.length, entry: found.entry };
    }
  }

  /** Only letters of ASCII are sure to stay what they are in lower case. */
  #mayBegin(unit: number): boolean {
    if (unit >= 0x80) return true;
    return this.#firstUnits.has(unit >= 0x41 && unit <= 0x5a ? unit + 0x20 : unit);
  }
}

/** The first step of a word. */
function beginningOf(word: string): string {
  for (let at = 0; at < word.length; at++) {
    const end = stepEnd(word, at);
    if (end !== undefined) return word.slice(at, end);
  }
  return '';
}

function stands({ word, lower, isExact }: Word<unknown>, text: string, at: number): boolean {
  const end = at + word.length;
  const isThere = isExact ? text.startsWith(word, at) : text.slice(at, end).toLowerCase() === lower;
  if (!isThere || (end < text.length && kindOf(text.codePointAt(end) ?? 0) === LETTER)) return false;
  if (at === 0) return true;
  const isPair = at > 1 && (text.charCodeAt(at - 1) & 0xfc00) === 0xdc00;
  return kindOf(text.codePointAt(isPair ? at - 2 : at - 1) ?? 0) !== LETTER;
}
