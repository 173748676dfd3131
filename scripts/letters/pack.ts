import {
  BACKOFF_STEP,
  BACKOFF_TOP,
  CLOSE,
  LEVELS,
  STEP,
  symbolAt,
  TOP_LEVEL,
} from '../../src/engine/onnx/phonemes/ngrams.ts';
import type { Node } from './ngrams.ts';
import { END, START } from './ngrams.ts';

const clamp = (value: number, top: number): number => Math.min(top, Math.max(0, Math.round(value)));

/** The symbols by how often they stand in the trie, so that the frequent ones take one byte. */
function rankSymbols(root: Node): number[] {
  const seen = new Map<number, number>([[START, 0]]);
  const walk = (node: Node): void => {
    for (const [symbol, child] of node.next) {
      seen.set(symbol, (seen.get(symbol) ?? 0) + 1);
      walk(child);
    }
  };
  walk(root);
  return [...seen].sort((a, b) => b[1] - a[1] || a[0] - b[0]).map(([symbol]) => symbol);
}

export interface Packed {
  /** Graphones by rank; `^` opens and `$` closes a word. */
  readonly graphones: readonly string[];
  readonly ngrams: string;
}

/**
 * The text form of an n-gram trie, depth first: symbol, level, and for a context its back-off level, its children
 * and `)`. Levels below `LEVELS` mark leaves, those above mark contexts. Read by phonemes/ngrams.ts.
 */
export function packNgrams(root: Node, graphones: readonly string[]): Packed {
  const ranked = rankSymbols(root);
  const rank = new Map(ranked.map((symbol, i) => [symbol, i]));
  const parts: string[] = [];
  const walk = (node: Node): void => {
    const children = [...node.next].sort((a, b) => rank.get(a[0])! - rank.get(b[0])!);
    for (const [symbol, child] of children) {
      const level = clamp(-child.log / STEP, LEVELS - 1);
      const context = child.next.size > 0;
      parts.push(symbolAt(rank.get(symbol)!), symbolAt(context ? level + LEVELS : level));
      if (!context) continue;
      parts.push(symbolAt(clamp((BACKOFF_TOP - child.backoff) / BACKOFF_STEP, TOP_LEVEL)));
      walk(child);
      parts.push(CLOSE);
    }
  };
  walk(root);
  const name = (symbol: number): string =>
    symbol === START ? '^' : symbol === END ? '$' : graphones[symbol]!;
  return { graphones: ranked.map(name), ngrams: parts.join('') };
}
