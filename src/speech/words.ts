import { segmenter } from './segment/words.ts';

/** A word of a text, with what is written around it. */
export interface WrittenWord {
  readonly word: string;
  /** The word with its marks, as it is shown: `"hello,`. */
  readonly shown: string;
  /** Whether a space stands before it. */
  readonly spaced: boolean;
}

/** A word and when it is heard, in seconds. */
export interface TimedWord extends WrittenWord {
  readonly start: number;
  readonly end: number;
  /** By how long words take to say; else by the engine that said it. */
  readonly estimated: boolean;
}

/** What is known of when the word `index` of a text is heard, in seconds. */
export interface KnownTime {
  readonly index: number;
  readonly start: number;
  readonly end: number;
}

/** How long a speaker stops at a mark, in syllables. */
const SENTENCE_PAUSE = 2.5;
const CLAUSE_PAUSE = 1.2;
/** How many marks at an end are looked at: a text of nothing but marks must not cost the square of its length. */
const MARKS_LOOKED_AT = 16;

/** Marks of origins that nobody hears: `<|speaker:0|>`. */
const unheard = /<\|[^|\n]{1,64}\|>/g;

/** The words of `text` in order; marks between two words belong to the one that they touch. */
export function findWords(text: string): WrittenWord[] {
  const words: { word: string; shown: string; spaced: boolean }[] = [];
  let between = '';
  const plain = text.replace(unheard, ' ').replace(/[\s\p{Cc}]+/gu, ' ');
  for (const { segment, isWordLike } of segmenter('en', 'word').segment(plain)) {
    if (!isWordLike) {
      between += segment;
      continue;
    }
    const [tail, lead, spaced] = divide(between);
    const last = words.at(-1);
    if (last) last.shown += tail;
    words.push({
      word: segment,
      shown: (last ? '' : tail) + lead + segment,
      spaced: spaced && last !== undefined,
    });
    between = '';
  }
  const last = words.at(-1);
  if (last) last.shown += between.trimEnd();
  return words;
}

/** What stands between two words: the end of the first, the beginning of the second, and whether a space is between. */
function divide(between: string): [tail: string, lead: string, spaced: boolean] {
  const space = between.lastIndexOf(' ');
  if (space >= 0) return [between.slice(0, space).trimEnd(), between.slice(space + 1), true];
  const opener = /[\p{Ps}\p{Pi}]+$/u.exec(between.slice(-MARKS_LOOKED_AT))?.[0] ?? '';
  return [between.slice(0, between.length - opener.length), opener, false];
}

/**
 * When the words of `text` are heard, from `start` to `end` (seconds). Between those of which it is known, others share the
 * time by how long each takes to say.
 */
export function timeWords(
  text: string,
  { start, end }: { readonly start: number; readonly end: number },
  known: readonly KnownTime[] = [],
): TimedWord[] {
  const words = findWords(text);
  const timed: TimedWord[] = [];
  let at = start;
  for (const time of known) {
    const written = words[time.index];
    const isNext =
      time.index >= timed.length && time.start >= at && time.end >= time.start && time.end <= end;
    if (!written || !isNext) continue; // out of order: not to be believed
    timed.push(...shareTime(words.slice(timed.length, time.index), at, time.start));
    timed.push({ ...written, start: time.start, end: time.end, estimated: false });
    at = time.end;
  }
  return [...timed, ...shareTime(words.slice(timed.length), at, end)];
}

/** The same where no word is known: only the outer two times are. */
export function spreadWords(text: string, start: number, end: number): TimedWord[] {
  return shareTime(findWords(text), start, end);
}

function shareTime(words: readonly WrittenWord[], start: number, end: number): TimedWord[] {
  let at = 0;
  const spans = words.map((written, index) => {
    const from = at;
    at += weighWord(written.word);
    const to = at;
    if (index < words.length - 1) at += pauseAfter(written.shown);
    return { written, from, to };
  });
  const perUnit = at === 0 ? 0 : (end - start) / at;
  const place = (units: number): number => Math.min(end, start + units * perUnit); // never a rounding beyond what follows
  return spans.map(({ written, from, to }) => ({
    ...written,
    start: place(from),
    end: place(to),
    estimated: true,
  }));
}

function pauseAfter(shown: string): number {
  if (endsSentence(shown)) return SENTENCE_PAUSE;
  return endsClause(shown) ? CLAUSE_PAUSE : 0;
}

export function endsSentence(shown: string): boolean {
  return /[\p{Sentence_Terminal}…।][\p{Pe}\p{Pf}"']*$/u.test(shown.slice(-MARKS_LOOKED_AT));
}

export function endsClause(shown: string): boolean {
  return /[,;:、，；：،؛—–][\p{Pe}\p{Pf}"']*$/u.test(shown.slice(-MARKS_LOOKED_AT));
}

/** Letters of the scripts that write their vowels, in groups: about one a syllable. */
const vowelGroups =
  /[aeiouyàáâãäåæèéêëìíîïòóôõöøœùúûüýÿāăąēĕėęěīĭįōŏőūŭůűųơưạ-ỹаеёиоуыэюяєіїαεηιουωάέήίόύώ]+/giu;
/** One character is one syllable: Han, kana, Hangul; a digit is about one word. */
const syllableCharacters =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{N}\p{Sc}%&@+=#°]/gu;
const acronym = /^\p{Lu}{2,6}$/u;

/** A letter takes time too: "strengths" is longer than "a". */
const PER_LETTER = 0.15;
/** Letters in a syllable where vowels are not written, or not as letters (Arabic, Hebrew, Thai). */
const LETTERS_IN_SYLLABLE = 2;

/**
 * About how long `word` takes to say, in syllables. Good enough to share a known stretch of time among its words; no
 * language is asked for, as most requests name none.
 */
function weighWord(word: string): number {
  const letters = word.match(/\p{L}/gu)?.length ?? 0;
  const characters = word.match(syllableCharacters)?.length ?? 0;
  if (acronym.test(word)) return letters; // said letter by letter
  const vowels = word.match(vowelGroups)?.length ?? 0;
  const spelt = characters > 0 ? 0 : letters / LETTERS_IN_SYLLABLE;
  const syllables = characters + (vowels > 0 ? vowels : spelt);
  return Math.max(1, syllables) + PER_LETTER * letters;
}
