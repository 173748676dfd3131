import { median } from './statistics.ts';

export interface PairCounts {
  /** Pairs that do not count. */
  readonly warmUp: number;
  readonly measured: number;
}

/** What each pair brought. */
export interface Pairs {
  readonly direct: readonly number[];
  readonly through: readonly number[];
}

/** Of one process; `added` is that of the differences within pairs. */
export interface PairMedians {
  readonly direct: number;
  readonly through: number;
  readonly added: number;
}

/** Takes both ways in turn, one pair after the other in alternating order: what else the machine does hits both alike. */
export async function takePairs(
  takeDirect: () => Promise<number>,
  takeThrough: () => Promise<number>,
  { warmUp, measured }: PairCounts,
): Promise<Pairs> {
  const pairs = { direct: [] as number[], through: [] as number[] };
  for (let pair = 0; pair < warmUp + measured; pair++) {
    const isDirectFirst = pair % 2 === 0;
    const early = isDirectFirst ? await takeDirect() : 0;
    const through = await takeThrough();
    const direct = isDirectFirst ? early : await takeDirect();
    if (pair < warmUp) continue;
    pairs.direct.push(direct);
    pairs.through.push(through);
  }
  return pairs;
}

export function mediansOf({ direct, through }: Pairs): PairMedians {
  const added = through.map((one, pair) => one - (direct[pair] ?? Number.NaN));
  return { direct: median(direct), through: median(through), added: median(added) };
}

/** `through` over `direct`, pair by pair. */
export function ratiosOf({ direct, through }: Pairs): number[] {
  return through.map((one, pair) => one / (direct[pair] ?? Number.NaN));
}
