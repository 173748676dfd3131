import { Ngrams, symbolAt } from './ngrams.ts';

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
  readonly ngrams: Ngrams;
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
  return { opens, closes, graphone, ofLetter, ngrams: new Ngrams(packed.ngrams) };
}

/** Contexts remembered: one less than the order of the model. */
const CONTEXT = 5;
const BEAM = 16;
const UNSEEN = Math.log(1e-6);
/** Nobody spells a longer word; what follows is dropped to keep the work bounded. */
const MAX_WORD_LENGTH = 60;

/** Nodes of the contexts that a hypothesis ends with, the longest first; -1 for those that were never seen. */
function contextsOf({ ngrams }: LettersModel, symbols: string): number[] {
  const contexts: number[] = [];
  for (let from = Math.max(0, symbols.length - CONTEXT); from <= symbols.length; from++)
    contexts.push(ngrams.find(symbols, from));
  return contexts;
}

function logProbability({ ngrams }: LettersModel, contexts: readonly number[], symbol: number): number {
  let penalty = 0;
  for (const context of contexts) {
    const hit = context < 0 ? -1 : ngrams.child(context, symbol);
    if (hit >= 0) return penalty + ngrams.log(hit);
    if (context > 0) penalty += ngrams.backoff(context);
  }
  return penalty + UNSEEN;
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
      const contexts = contextsOf(model, before);
      for (const symbol of symbols) {
        const log = logProbability(model, contexts, symbol.charCodeAt(0));
        next.push({ symbols: before + symbol, score: score + log });
      }
    }
    hypotheses = keepBest(next);
  }
  let best = hypotheses[0]!;
  let top = -Infinity;
  for (const hypothesis of hypotheses) {
    const contexts = contextsOf(model, hypothesis.symbols);
    const score = hypothesis.score + logProbability(model, contexts, model.closes.charCodeAt(0));
    if (score > top) [best, top] = [hypothesis, score];
  }
  return [...best.symbols].slice(1).map((symbol) => model.graphone.get(symbol)!);
}
