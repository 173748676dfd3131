/**
 * A back-off n-gram model over graphones, smoothed by interpolated absolute discounting, then pruned by relative
 * entropy (Stolcke, "Entropy-based pruning of backoff language models", 1998) to a number of n-grams.
 */
export interface Node {
  count: number;
  /** log P(symbol | context) */
  log: number;
  /** log of the back-off weight of this node as a context. */
  backoff: number;
  readonly next: Map<number, Node>;
}

/** Symbol 0 opens a word, symbol 1 closes it; graphones follow. */
export const START = 0;
export const END = 1;

const newNode = (): Node => ({ count: 0, log: 0, backoff: 0, next: new Map() });

function findNode(root: Node, symbols: readonly number[], from: number, to: number): Node | undefined {
  let node: Node | undefined = root;
  for (let i = from; i < to && node !== undefined; i++) node = node.next.get(symbols[i]!);
  return node;
}

function count(sentences: readonly (readonly number[])[], order: number): Node {
  const root = newNode();
  for (const sentence of sentences) {
    const symbols = [START, ...sentence, END];
    for (let i = 0; i < symbols.length; i++) {
      let node = root;
      root.count++;
      for (let n = 0; n < order && i + n < symbols.length; n++) {
        const symbol = symbols[i + n]!;
        const child = node.next.get(symbol) ?? newNode();
        node.next.set(symbol, child);
        child.count++;
        node = child;
      }
    }
  }
  return root;
}

/** Calls `visit` for every context of `depth` symbols. */
function eachContext(
  root: Node,
  depth: number,
  visit: (context: Node, path: readonly number[]) => void,
): void {
  const walk = (node: Node, path: number[]): void => {
    if (path.length === depth) {
      if (node.next.size > 0) visit(node, path);
      return;
    }
    for (const [symbol, child] of node.next) {
      path.push(symbol);
      walk(child, path);
      path.pop();
    }
  };
  walk(root, []);
}

/** log P(symbol | path[from..]) with back-off. */
function logProbability(root: Node, path: readonly number[], from: number, symbol: number): number {
  let penalty = 0;
  for (let start = from; ; start++) {
    const context = findNode(root, path, start, path.length);
    const hit = context?.next.get(symbol);
    if (hit !== undefined) return penalty + hit.log;
    if (start >= path.length) return penalty + UNSEEN;
    if (context !== undefined && context.next.size > 0) penalty += context.backoff;
  }
}

const UNSEEN = Math.log(1e-6);
const CUTOFF_FROM = 4;

function estimate(root: Node, order: number): void {
  let total = 0;
  for (const child of root.next.values()) total += child.count;
  for (const child of root.next.values()) child.log = Math.log(child.count / total);
  for (let depth = 1; depth < order; depth++) {
    let ones = 0;
    let twos = 0;
    eachContext(root, depth, (context) => {
      for (const child of context.next.values()) {
        if (child.count === 1) ones++;
        else if (child.count === 2) twos++;
      }
    });
    const discount = ones / (ones + 2 * twos);
    eachContext(root, depth, (context, path) => {
      let all = 0;
      for (const child of context.next.values()) all += child.count;
      const left = (discount * context.next.size) / all;
      for (const [symbol, child] of context.next) {
        const lower = Math.exp(logProbability(root, path, 1, symbol));
        child.log = Math.log((child.count - discount) / all + left * lower);
      }
      if (depth >= CUTOFF_FROM - 1) {
        for (const [symbol, child] of context.next) if (child.count === 1) context.next.delete(symbol);
      }
      setBackoff(root, context, path);
    });
  }
}

/** The weight that makes the probabilities of a context sum to one. */
function setBackoff(root: Node, context: Node, path: readonly number[]): void {
  let here = 0;
  let below = 0;
  for (const [symbol, child] of context.next) {
    here += Math.exp(child.log);
    below += Math.exp(logProbability(root, path, 1, symbol));
  }
  context.backoff = Math.log(Math.max(1e-9, 1 - here) / Math.max(1e-9, 1 - below));
}

/** How much the model's cross entropy would grow without each n-gram of this context. */
function costs(root: Node, context: Node, path: readonly number[], total: number): Map<number, number> {
  let here = 0;
  let below = 0;
  const lower = new Map<number, number>();
  for (const [symbol, child] of context.next) {
    here += Math.exp(child.log);
    const low = logProbability(root, path, 1, symbol);
    lower.set(symbol, low);
    below += Math.exp(low);
  }
  const free = Math.max(1e-9, 1 - here);
  const costs = new Map<number, number>();
  for (const [symbol, child] of context.next) {
    const p = Math.exp(child.log);
    const low = lower.get(symbol)!;
    const backoff = Math.log((free + p) / Math.max(1e-9, 1 - below + Math.exp(low)));
    const change = p * (low + backoff - child.log) + free * (backoff - context.backoff);
    costs.set(symbol, (-change * context.count) / total);
  }
  return costs;
}

/** Drops every n-gram without longer ones whose loss is below `threshold`; longest first. */
function prune(root: Node, order: number, threshold: number): void {
  for (let depth = order - 1; depth >= 1; depth--) {
    eachContext(root, depth, (context, path) => {
      const loss = costs(root, context, path, root.count);
      let changed = false;
      for (const [symbol, child] of context.next) {
        if (child.next.size === 0 && loss.get(symbol)! < threshold) {
          context.next.delete(symbol);
          changed = true;
        }
      }
      if (changed && context.next.size > 0) setBackoff(root, context, path);
    });
  }
}

function size(node: Node): number {
  let nodes = 0;
  for (const child of node.next.values()) nodes += 1 + size(child);
  return nodes;
}

/** Trains on sequences of symbols; raises the pruning threshold until at most `limit` n-grams are left. */
export function trainNgrams(sentences: readonly (readonly number[])[], order: number, limit: number): Node {
  const root = count(sentences, order);
  estimate(root, order);
  for (let threshold = 1e-8; size(root) > limit; threshold *= 1.15) prune(root, order, threshold);
  return root;
}
