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
const ASCII_LEVELS = new Map(ASCII.map((character, level) => [character, level]));
export const TOP_LEVEL: number = ASCII.length - 1;

/** The character of a rank or level: frequent symbols and all levels take one byte. */
export const symbolAt = (rank: number): string =>
  ASCII[rank] ?? String.fromCharCode(BEYOND_ASCII + rank - ASCII.length);

/** The n-grams as they are packed: each before those that it is the context of. */
interface Listed {
  readonly symbols: number[];
  readonly levels: number[];
  readonly backoffs: number[];
  /** Of each the index of its context, -1 of single symbols. */
  readonly parents: number[];
}

function list(packed: string): Listed {
  const listed: Listed = { symbols: [], levels: [], backoffs: [], parents: [] };
  const path: number[] = [];
  for (let i = 0; i < packed.length; ) {
    if (packed[i] === CLOSE) {
      path.pop();
      i++;
      continue;
    }
    const level = ASCII_LEVELS.get(packed[i + 1]!)!;
    const isContext = level >= LEVELS;
    listed.parents.push(path.at(-1) ?? -1);
    listed.symbols.push(packed.charCodeAt(i));
    listed.levels.push(level % LEVELS);
    listed.backoffs.push(isContext ? ASCII_LEVELS.get(packed[i + 2]!)! : NO_CONTEXT);
    if (isContext) path.push(listed.symbols.length - 1);
    i += isContext ? 3 : 2;
  }
  return listed;
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
    const { symbols, levels, backoffs, parents } = list(packed);
    // lists of siblings, by the index of their context and one: a list each would leave a process larger than the tree is
    const firstOf = new Int32Array(symbols.length + 1).fill(-1);
    const nextOf = Int32Array.from(parents, (parent, i) => {
      const next = firstOf[parent + 1]!;
      firstOf[parent + 1] = i;
      return next;
    });
    const order = [-1];
    this.#children = new Uint32Array(symbols.length + 2);
    for (let node = 0; node < order.length; node++) {
      this.#children[node] = order.length;
      const children: number[] = [];
      for (let i = firstOf[order[node]! + 1]!; i >= 0; i = nextOf[i]!) children.push(i);
      order.push(...children.sort((a, b) => symbols[a]! - symbols[b]!));
    }
    this.#children[order.length] = order.length;
    this.#symbols = Uint16Array.from(order, (i) => symbols[i] ?? 0);
    this.#levels = Uint8Array.from(order, (i) => levels[i] ?? 0);
    this.#backoffs = Uint8Array.from(order, (i) => backoffs[i] ?? NO_CONTEXT);
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
