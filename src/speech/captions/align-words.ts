/** Words from the `first` to the `last` of another list. */
export interface WordRange {
  readonly first: number;
  readonly last: number;
}

/** A word that is said as it is written is a better sign than one that is said by its spelling out. */
const LITERAL = 3;
const SPELT_OUT = 2;
/** Cells of the table below: texts of 1000 words. A longer one keeps its estimates. */
const MAX_CELLS = 1_000_000;

interface Token {
  /** Index of the written word. */
  readonly of: number;
  readonly key: string;
  readonly weight: number;
}

/**
 * Which of the words of `spoken` say each of the words of `written`: both lists tell the same text in the same order, and most
 * words stand in both. One that does not is looked for by `spellOut`: "$5" as "five dollars". Undefined is a word of which
 * that is not known: better no answer than a guess.
 */
export function alignWords(
  written: readonly string[],
  spoken: readonly string[],
  spellOut: (index: number) => readonly string[],
): (WordRange | undefined)[] {
  const keys = spoken.map(keyOf);
  const tokens = toTokens(written, new Set(keys), spellOut);
  const matched = match(tokens, keys);
  const ranges: (WordRange | undefined)[] = written.map(() => undefined);
  for (const { token, at } of matched) ranges[token.of] = joined(ranges[token.of], { first: at, last: at });
  fillGaps(ranges, tokens, matched, keys.length);
  return ranges;
}

/** A word without what only writing knows: case, accents, apostrophes, marks. */
function keyOf(word: string): string {
  return word
    .normalize('NFKD')
    .replace(/[^\p{L}\p{N}]/gu, '')
    .toLowerCase();
}

function toTokens(
  written: readonly string[],
  known: ReadonlySet<string>,
  spellOut: (index: number) => readonly string[],
): Token[] {
  return written.flatMap((word, of) => {
    const key = keyOf(word);
    if (known.has(key)) return [{ of, key, weight: LITERAL }];
    return spellOut(of).map((part) => ({ of, key: keyOf(part), weight: SPELT_OUT }));
  });
}

interface Match {
  /** Index in the tokens. */
  readonly index: number;
  readonly token: Token;
  /** Index in the spoken words. */
  readonly at: number;
}

/** The heaviest common subsequence (Needleman and Wunsch 1970, gaps are free). */
function match(tokens: readonly Token[], keys: readonly string[]): Match[] {
  const width = keys.length + 1;
  if ((tokens.length + 1) * width > MAX_CELLS) return [];
  const best = new Uint32Array((tokens.length + 1) * width); // of what follows token i and word j
  const weigh = (i: number, j: number): number => best[i * width + j] ?? 0;
  for (let i = tokens.length - 1; i >= 0; i--) {
    const { key, weight } = tokens[i] as Token;
    for (let j = keys.length - 1; j >= 0; j--) {
      const both = key !== '' && key === keys[j] ? weight + weigh(i + 1, j + 1) : 0;
      best[i * width + j] = Math.max(both, weigh(i + 1, j), weigh(i, j + 1));
    }
  }
  const found: Match[] = [];
  for (let i = 0, j = 0; i < tokens.length && j < keys.length; ) {
    const token = tokens[i] as Token;
    if (token.key !== '' && token.key === keys[j] && weigh(i, j) === token.weight + weigh(i + 1, j + 1)) {
      found.push({ index: i++, token, at: j++ });
    } else if (weigh(i, j) === weigh(i + 1, j)) i += 1;
    else j += 1;
  }
  return found;
}

/**
 * Spoken words between two that were found belong to the only written word that misses some there: one between, or the rest
 * of a neighbour. Where several could be meant none is, and a neighbour among them is not known either.
 */
function fillGaps(
  ranges: (WordRange | undefined)[],
  tokens: readonly Token[],
  matched: readonly Match[],
  spokenCount: number,
): void {
  const doubtful = new Set<number>();
  const end = { of: ranges.length, index: tokens.length, at: spokenCount };
  let before = { of: -1, index: -1, at: -1 };
  for (const after of [...matched.map(({ index, token, at }) => ({ of: token.of, index, at })), end]) {
    const gap = { first: before.at + 1, last: after.at - 1 };
    if (gap.first <= gap.last && before.of !== after.of) {
      const claims = new Set(tokens.slice(before.index + 1, after.index).map(({ of }) => of));
      for (let of = before.of + 1; of < after.of; of++) claims.add(of);
      const [only, ...others] = claims;
      if (only !== undefined && others.length === 0) ranges[only] = joined(ranges[only], gap);
      else for (const of of claims) doubtful.add(of);
    }
    before = after;
  }
  for (const of of doubtful) ranges[of] = undefined;
}

function joined(range: WordRange | undefined, gap: WordRange): WordRange {
  if (!range) return gap;
  return { first: Math.min(range.first, gap.first), last: Math.max(range.last, gap.last) };
}
