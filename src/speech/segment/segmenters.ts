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
