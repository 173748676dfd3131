import type { Pronunciation, SpeechRequest } from '../core/request.ts';
import type { Voice } from '../core/voices.ts';
import { WordFinder } from './captions/word-finder.ts';

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
