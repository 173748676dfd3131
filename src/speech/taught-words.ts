import type { Pronunciation } from './pronounce.ts';

/** A taught word where it stands in a text, in code units. */
export interface TaughtWord {
  readonly start: number;
  readonly end: number;
  readonly entry: Pronunciation;
}

/** Finds taught words in texts: the time is the text's, however many words there are. */
export interface TaughtWords {
  /** From left to right, the longest of those that begin at one place; none overlaps another. */
  find(text: string): Iterable<TaughtWord>;
  /** Every one that stands in `text`, also inside of a longer one. */
  within(text: string): ReadonlySet<Pronunciation>;
}

interface Candidate {
  readonly entry: Pronunciation;
  /** Code units of the word before its first run of letters and digits. */
  readonly before: number;
  readonly folded: string;
}

/** Requests hold on to one list; its parts ask again and again. */
const made = new WeakMap<readonly Pronunciation[], TaughtWords>();

/** @param entries of two for the same word the earlier one wins */
export function taughtWords(entries: readonly Pronunciation[]): TaughtWords {
  const words = made.get(entries) ?? create(entries);
  made.set(entries, words);
  return words;
}

function create(entries: readonly Pronunciation[]): TaughtWords {
  const byFirstRun = new Map<string, Candidate[]>();
  for (const entry of entries) {
    const run = /[\p{L}\p{N}]+/u.exec(entry.word);
    if (!run) continue; // says nothing
    const key = run[0].toLowerCase();
    const candidates = byFirstRun.get(key) ?? [];
    byFirstRun.set(key, candidates);
    candidates.push({ entry, before: run.index, folded: entry.word.toLowerCase() });
  }
  for (const candidates of byFirstRun.values()) {
    candidates.sort((a, b) => b.before - a.before || b.entry.word.length - a.entry.word.length);
  }

  /** Those that stand at each run of letters and digits of `text`. */
  function* standing(text: string): Generator<readonly TaughtWord[], void, void> {
    for (const run of text.matchAll(/[\p{L}\p{N}]+/gu)) {
      const candidates = byFirstRun.get(run[0].toLowerCase());
      if (!candidates) continue;
      yield candidates.flatMap((candidate) => standsAt(candidate, text, run.index - candidate.before));
    }
  }
  return {
    *find(text) {
      let from = 0;
      for (const words of standing(text)) {
        const word = words.find(({ start }) => start >= from);
        if (!word) continue;
        from = word.end;
        yield word;
      }
    },
    within(text) {
      const found = new Set<Pronunciation>();
      for (const words of standing(text)) for (const { entry } of words) found.add(entry);
      return found;
    },
  };
}

/** No letter or digit of any script stands beside it. */
function standsAt({ entry, folded, before }: Candidate, text: string, start: number): TaughtWord[] {
  const end = start + entry.word.length;
  if (start < 0 || end > text.length) return [];
  const written = text.slice(start, end);
  if (entry.caseSensitive ? written !== entry.word : written.toLowerCase() !== folded) return [];
  const isOpen = before > 0 && /[\p{L}\p{N}]$/u.test(text.slice(Math.max(0, start - 2), start));
  return isOpen || /^[\p{L}\p{N}]/u.test(text.slice(end, end + 2)) ? [] : [{ start, end, entry }];
}
