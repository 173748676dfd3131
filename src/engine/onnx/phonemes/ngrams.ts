/** The scale of the packed levels, shared with scripts/letters/pack.ts. */
export const LEVELS = 45;
export const STEP = 0.2;
export const BACKOFF_STEP = 0.08;
export const BACKOFF_TOP = 1;
/** Closes a context. */
export const CLOSE = ')';

const FIRST_ASCII = 33;
const LAST_ASCII = 126;
const BEYOND_ASCII = 0xa1;
/** Printable ASCII that JSON does not escape, less the closing mark: one byte each. */
const ASCII = Array.from({ length: LAST_ASCII - FIRST_ASCII + 1 }, (_, i) =>
  String.fromCharCode(FIRST_ASCII + i),
).filter((character) => !'"\\)'.includes(character));
export const TOP_LEVEL: number = ASCII.length - 1;

/** The character of a rank or level: frequent symbols and all levels take one byte. */
export const symbolAt = (rank: number): string =>
  ASCII[rank] ?? String.fromCharCode(BEYOND_ASCII + rank - ASCII.length);

/** Levels by character codes, for who reads many. */
const LEVEL_OF_CODE = new Uint8Array(LAST_ASCII + 1);
for (const [level, character] of ASCII.entries()) LEVEL_OF_CODE[character.charCodeAt(0)] = level;
const CLOSE_CODE = CLOSE.charCodeAt(0);

/** The n-grams as they are packed: each before those that it is the context of. */
interface Listed {
  readonly count: number;
  readonly symbols: Uint16Array;
  readonly levels: Uint8Array;
  readonly backoffs: Uint8Array;
  /** Of each the index of its context, -1 of single symbols. */
  readonly parents: Int32Array;
}

function list(packed: string): Listed {
  const most = packed.length >> 1;
  const symbols = new Uint16Array(most);
  const levels = new Uint8Array(most);
  const backoffs = new Uint8Array(most);
  const parents = new Int32Array(most);
  let count = 0;
  let context = -1;
  for (let i = 0; i < packed.length; ) {
    const symbol = packed.charCodeAt(i);
    if (symbol === CLOSE_CODE) {
      context = parents[context] ?? -1;
      i++;
      continue;
    }
    const level = LEVEL_OF_CODE[packed.charCodeAt(i + 1)]!;
    const isContext = level >= LEVELS;
    parents[count] = context;
    symbols[count] = symbol;
    levels[count] = level % LEVELS;
    backoffs[count] = isContext ? LEVEL_OF_CODE[packed.charCodeAt(i + 2)]! : NO_CONTEXT;
    if (isContext) context = count;
    count++;
    i += isContext ? 3 : 2;
  }
  return { count, symbols, levels, backoffs, parents };
}

const NO_CONTEXT = 255;

/**
 * 81,000 n-grams and their log probabilities as a tree in typed arrays: as maps by their strings they take ten times the memory.
 * Node 0 is the empty context; the children of a node lie side by side, by their symbols.
 */
export class Ngrams {
  readonly #symbols: Uint16Array;
  readonly #levels: Uint8Array;
  readonly #backoffs: Uint8Array;
  /** Where the children of a node begin; they end where those of the next node begin. */
  readonly #children: Uint32Array;

  constructor(packed: string) {
    const { count, symbols, levels, backoffs, parents } = list(packed);
    // lists of siblings, by the index of their context and one: a list each would leave a process larger than the tree is
    const firstOf = new Int32Array(count + 1).fill(-1);
    const nextOf = new Int32Array(count);
    for (let i = count - 1; i >= 0; i--) {
      const context = parents[i]! + 1;
      nextOf[i] = firstOf[context]!;
      firstOf[context] = i;
    }
    const order = new Int32Array(count + 1);
    order[0] = -1;
    let end = 1;
    this.#children = new Uint32Array(count + 2);
    for (let node = 0; node < end; node++) {
      const begin = end;
      this.#children[node] = begin;
      for (let i = firstOf[order[node]! + 1]!; i >= 0; i = nextOf[i]!) {
        let at = end++;
        for (; at > begin && symbols[order[at - 1]!]! > symbols[i]!; at--) order[at] = order[at - 1]!;
        order[at] = i;
      }
    }
    this.#children[count + 1] = end;
    this.#symbols = new Uint16Array(count + 1);
    this.#levels = new Uint8Array(count + 1);
    this.#backoffs = new Uint8Array(count + 1).fill(NO_CONTEXT);
    for (let node = 1; node <= count; node++) {
      const from = order[node]!;
      this.#symbols[node] = symbols[from]!;
      this.#levels[node] = levels[from]!;
      this.#backoffs[node] = backoffs[from]!;
    }
  }

  /** The node of `text` from `from` on, or -1. */
  find(text: string, from = 0): number {
    let node = 0;
    for (let i = from; i < text.length && node >= 0; i++) node = this.child(node, text.charCodeAt(i));
    return node;
  }

  /** The n-gram of a context and one symbol (a UTF-16 unit) more, or -1. */
  child(node: number, symbol: number): number {
    let low = this.#children[node]!;
    let high = this.#children[node + 1]!;
    while (low < high) {
      const middle = (low + high) >> 1;
      const here = this.#symbols[middle]!;
      if (here === symbol) return middle;
      if (here < symbol) low = middle + 1;
      else high = middle;
    }
    return -1;
  }

  /** log P(last symbol | symbols before it) */
  log(node: number): number {
    return -this.#levels[node]! * STEP;
  }

  /** log back-off weight, zero of what is no context */
  backoff(node: number): number {
    const level = this.#backoffs[node]!;
    return level === NO_CONTEXT ? 0 : BACKOFF_TOP - level * BACKOFF_STEP;
  }
}
