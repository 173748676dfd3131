import { Unrecognized, type Weights } from './graph.ts';

export interface Selection {
  readonly from: number;
  readonly count: number;
  /** The last one of them comes first. */
  readonly isReversed: boolean;
  /** The last row that is read comes first. */
  readonly readsReversed: boolean;
  /** -1: what is computed is to be taken away. */
  readonly sign: 1 | -1;
}

/** A convolution of some rows of another one's. */
export function selectRows(
  { dims, values, scales }: Weights,
  bias: Float32Array | undefined,
  { from, count, isReversed, readsReversed, sign }: Selection,
): { weights: Weights; bias: Float32Array | undefined } {
  const [rows = 0, inputs = 0, taps = 0] = dims;
  if (!scales || from + count > rows) throw new Unrecognized('A convolution has other weights.');
  const picked = Array.from({ length: count }, (_, row) => from + (isReversed ? count - 1 - row : row));
  const selected = new Int8Array(count * inputs * taps);
  for (const [row, source] of picked.entries()) {
    for (let input = 0; input < inputs; input++) {
      const begin = (source * inputs + (readsReversed ? inputs - 1 - input : input)) * taps;
      const to = (row * inputs + input) * taps;
      for (let tap = 0; tap < taps; tap++) selected[to + tap] = values[begin + tap]!;
    }
  }
  const pick = (of: Float32Array): Float32Array => Float32Array.from(picked, (row) => sign * (of[row] ?? 0));
  return {
    weights: { dims: [count, inputs, taps], values: selected, scales: pick(scales) },
    bias: bias && pick(bias),
  };
}
