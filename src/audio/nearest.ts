/** The element of `values` closest to `wanted`; the higher of two that are equally close. */
export function nearest(values: readonly number[], wanted: number): number {
  return values.reduce((best, value) => (Math.abs(value - wanted) <= Math.abs(best - wanted) ? value : best));
}
