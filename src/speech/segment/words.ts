import { isSpeakable } from '../speakable.ts';
import { unspacedLetters } from './marks.ts';

const LETTERS_IN_UNSPACED_WORD = 2;
/** No language has one of a tenth of this: a letter with so many marks is an attack. */
const MAX_CLUSTER_LENGTH = 4096;

/** Counts words. In a script without spaces two letters are one, which holds for Chinese and is near enough elsewhere. */
export function countWords(text: string): number {
  const letters = text.match(unspacedLetters)?.length ?? 0;
  const spaced = text.replace(unspacedLetters, ' ').split(/\s+/);
  return spaced.filter(isSpeakable).length + letters / LETTERS_IN_UNSPACED_WORD;
}

/**
 * Where to cut text that has no better place: the last word boundary at most `limit` UTF-16 units after `start`, else the
 * last boundary of a grapheme cluster there; a longer cluster stays whole, up to `MAX_CLUSTER_LENGTH`. May be `text.length`.
 * `limit` is at least 1.
 */
export function cutAnywhere(
  text: string,
  start: number,
  limit: number,
  language: string,
  isInside: (at: number) => boolean = () => false,
): number {
  for (let reach = limit * 2; ; reach *= 2) {
    const slice = text.slice(start, start + reach);
    const isLast = start + reach >= text.length;
    const clusters = [...segmenter(language, 'grapheme').segment(slice)]
      .map(({ index }) => index)
      // the slice may end inside a surrogate pair, which then looks like a character of its own
      .filter((index) => index > 0 && (isLast || index < reach - 1));
    const fitting = clusters.filter((index) => index <= limit && !isInside(start + index));
    const at = lastWordEnd(slice, fitting, language) ?? fitting.at(-1) ?? clusters[0];
    if (at !== undefined) return start + at;
    if (isLast) return text.length;
    if (reach > MAX_CLUSTER_LENGTH) return start + limit;
  }
}

function lastWordEnd(slice: string, fitting: readonly number[], language: string): number | undefined {
  const allowed = new Set(fitting);
  const furthest = fitting.at(-1) ?? 0;
  let last: number | undefined;
  for (const { index } of segmenter(language, 'word').segment(slice)) {
    if (index > furthest) break;
    if (allowed.has(index)) last = index;
  }
  return last;
}

type Granularity = 'grapheme' | 'word' | 'sentence';

/** Making one costs up to a millisecond, so they are kept; a language nobody bounded must not fill the memory. */
const MAX_KEPT = 32;
const kept = new Map<string, Intl.Segmenter>();

/** The runtime's segmenter (UAX 29 with the language's own rules); English rules where it does not know `language`. */
export function segmenter(language: string, granularity: Granularity): Intl.Segmenter {
  const key = `${granularity} ${language}`;
  const found = kept.get(key);
  if (found) return found;
  if (kept.size >= MAX_KEPT) kept.clear();
  const made = new Intl.Segmenter(isKnown(language) ? language : 'en', { granularity });
  kept.set(key, made);
  return made;
}

function isKnown(language: string): boolean {
  try {
    return Intl.Segmenter.supportedLocalesOf(language).length > 0;
  } catch {
    return false; // not a language tag at all
  }
}
