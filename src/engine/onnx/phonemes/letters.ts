import type { Graphone, LettersModel } from './letters-model.ts';

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
