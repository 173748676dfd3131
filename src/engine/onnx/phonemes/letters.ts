/**
 * Reads the packed joint n-gram model over graphones (a letter with the ARPAbet phonemes it stands for) that
 * scripts/train-letters.ts learnt from the CMU pronouncing dictionary.
 */
export interface PackedLetters {
  /** `letter|PHONE PHONE` by rank, with commas between; `^` opens and `$` closes a word. */
  readonly graphones: string;
  readonly ngrams: string;
}

export interface Graphone {
  readonly letter: string;
  /** ARPAbet, vowels with a stress digit 0 or 1. */
  readonly phones: readonly string[];
}

export interface LettersModel {
  readonly opens: string;
  readonly closes: string;
  /** The symbols a letter may become. */
  readonly ofLetter: ReadonlyMap<string, readonly string[]>;
  readonly graphone: ReadonlyMap<string, Graphone>;
  /** log P(last symbol | symbols before it), by the n-gram's symbols. */
  readonly logs: ReadonlyMap<string, number>;
  /** log back-off weight of a context. */
  readonly backoffs: ReadonlyMap<string, number>;
}

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

function readNgrams(packed: string): Pick<LettersModel, 'logs' | 'backoffs'> {
  const logs = new Map<string, number>();
  const backoffs = new Map<string, number>();
  let path = '';
  for (let i = 0; i < packed.length; ) {
    const symbol = packed[i]!;
    if (symbol === CLOSE) {
      path = path.slice(0, -1);
      i++;
      continue;
    }
    const level = ASCII_LEVELS.get(packed[i + 1]!)!;
    const ngram = path + symbol;
    logs.set(ngram, -(level % LEVELS) * STEP);
    i += 2;
    if (level < LEVELS) continue;
    backoffs.set(ngram, BACKOFF_TOP - ASCII_LEVELS.get(packed[i]!)! * BACKOFF_STEP);
    path = ngram;
    i++;
  }
  return { logs, backoffs };
}

export function readLettersModel(packed: PackedLetters): LettersModel {
  const graphone = new Map<string, Graphone>();
  const ofLetter = new Map<string, string[]>();
  let opens = '';
  let closes = '';
  for (const [rank, name] of packed.graphones.split(',').entries()) {
    const symbol = symbolAt(rank);
    if (name === '^') opens = symbol;
    else if (name === '$') closes = symbol;
    else {
      const [letter = '', phones = ''] = name.split('|');
      graphone.set(symbol, { letter, phones: phones === '' ? [] : phones.split(' ') });
      ofLetter.set(letter, [...(ofLetter.get(letter) ?? []), symbol]);
    }
  }
  return { opens, closes, graphone, ofLetter, ...readNgrams(packed.ngrams) };
}

/** Contexts remembered: one less than the order of the model. */
const CONTEXT = 5;
const BEAM = 16;
const UNSEEN = Math.log(1e-6);
/** Nobody spells a longer word; what follows is dropped to keep the work bounded. */
const MAX_WORD_LENGTH = 60;

function logProbability(model: LettersModel, context: string, symbol: string): number {
  let penalty = 0;
  for (let from = Math.max(0, context.length - CONTEXT); ; from++) {
    const history = context.slice(from);
    const hit = model.logs.get(history + symbol);
    if (hit !== undefined) return penalty + hit;
    if (history === '') return penalty + UNSEEN;
    penalty += model.backoffs.get(history) ?? 0;
  }
}

interface Hypothesis {
  readonly symbols: string;
  readonly score: number;
}

/** Keeps the best hypotheses, one for each context: the rest cannot win any more. */
function keepBest(hypotheses: Hypothesis[]): Hypothesis[] {
  hypotheses.sort((a, b) => b.score - a.score);
  const contexts = new Set<string>();
  const kept: Hypothesis[] = [];
  for (const hypothesis of hypotheses) {
    const context = hypothesis.symbols.slice(-CONTEXT);
    if (contexts.has(context)) continue;
    contexts.add(context);
    kept.push(hypothesis);
    if (kept.length === BEAM) break;
  }
  return kept;
}

/**
 * The most likely sound of a word the dictionary does not know: one graphone a letter.
 * `word` is lower-case a to z; other characters are skipped.
 */
export function soundOut(word: string, model: LettersModel): Graphone[] {
  let hypotheses: Hypothesis[] = [{ symbols: model.opens, score: 0 }];
  for (const letter of word.slice(0, MAX_WORD_LENGTH)) {
    const symbols = model.ofLetter.get(letter);
    if (symbols === undefined) continue;
    const next: Hypothesis[] = [];
    for (const { symbols: before, score } of hypotheses) {
      for (const symbol of symbols) {
        next.push({ symbols: before + symbol, score: score + logProbability(model, before, symbol) });
      }
    }
    hypotheses = keepBest(next);
  }
  let best = hypotheses[0]!;
  let top = -Infinity;
  for (const hypothesis of hypotheses) {
    const score = hypothesis.score + logProbability(model, hypothesis.symbols, model.closes);
    if (score > top) [best, top] = [hypothesis, score];
  }
  return [...best.symbols].slice(1).map((symbol) => model.graphone.get(symbol)!);
}
