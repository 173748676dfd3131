import type { Plan, Plane } from './plan.ts';

/**
 * How many frames before and behind a window reach its samples, from the planes of each hop on: the longer a plane is, the fewer. Once
 * they are made, others are cut off: most of the work is done on the longest planes, which see a tenth of what the first ones see.
 */
export type Reach = ReadonlyMap<number, number>;

/** Of hops that are made in one way; others are not cut. */
export function reachOf({ first, last, steps }: Pick<Plan, 'first' | 'last' | 'steps'>): Reach {
  /** Columns around those that are wanted, by plane. */
  const seen = new Map<Plane, number>(last.map((plane) => [plane, 0]));
  const see = (plane: Plane, columns: number): void => {
    seen.set(plane, Math.max(seen.get(plane) ?? 0, columns));
  };
  const reach = new Map<number, number>();
  for (const step of steps.toReversed()) {
    const columns = seen.get(step.to) ?? 0;
    switch (step.kind) {
      case 'quantize':
      case 'gate':
        see(step.from, columns);
        break;
      case 'convolve': {
        const { taps, dilation } = step.packed;
        see(step.from.to, columns + Math.max(step.left, (taps - 1) * dilation - step.left));
        if (step.residual) see(step.residual, columns);
        break;
      }
      case 'weave': {
        const frames = Math.ceil(columns / step.to.hop);
        const isOther = reach.has(step.to.hop) || first.some(({ hop }) => hop === step.to.hop);
        reach.set(step.to.hop, isOther ? Number.POSITIVE_INFINITY : frames);
        see(step.from, frames * step.from.hop);
        break;
      }
      case 'tanh':
    }
  }
  return reach;
}
