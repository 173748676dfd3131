import type { Figure, Goal } from './bench.ts';

/** Makes the figures of one case: `cells` is what they share, `what` their last cell. */
export function figuresOf<Sample>(
  cells: readonly string[],
  samples: readonly Sample[],
): (what: string, unit: Figure['unit'], pick: (sample: Sample) => number, goal?: Goal) => Figure {
  return (what, unit, pick, goal) => ({ cells: [...cells, what], unit, samples: samples.map(pick), goal });
}
