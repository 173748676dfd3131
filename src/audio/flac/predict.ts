import { computeWeights, WEIGHTS, type Weights, weightedResidual } from './weights.ts';

/** Predictors of FLAC (RFC 9639, sections 9.2.5 and 9.2.6): what they leave over is small, and takes few bits. */

export interface Prediction {
  /** 0..4 for the fixed predictors, WEIGHTS for a computed one: that many samples are stored as they are. */
  readonly order: number;
  /** Present for a computed one. */
  readonly weights?: Weights;
  /** Sum of the absolute residual. */
  readonly size: number;
}

/** A computed predictor stores its coefficients: where it saves less than this, a fixed one is taken. */
const WORTHWHILE = 0.99;
/** Below this many samples coefficients cost more than they save. */
const MIN_SAMPLES = 4 * WEIGHTS;

/** The better of the best fixed and the computed predictor for `samples`; its residual goes into `residual`. */
export function predict(samples: Int16Array, residual: Int32Array): Prediction {
  const fixed = bestFixed(samples);
  const weights = samples.length >= MIN_SAMPLES && fixed.size > 0 ? computeWeights(samples) : undefined;
  if (weights) {
    const size = weightedResidual(samples, weights, residual);
    if (size < fixed.size * WORTHWHILE) return { order: WEIGHTS, weights, size };
  }
  fixedResidual(samples, fixed.order, residual);
  return fixed;
}

/** The fixed predictors take differences of differences: one pass tells what each order would leave. */
function bestFixed(samples: Int16Array): Prediction {
  if (samples.length <= 4) return { order: 0, size: Infinity };
  let last = 0;
  let slope = 0;
  let bend = 0;
  let twist = 0;
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let s4 = 0;
  for (let i = 0; i < samples.length; i++) {
    const d0 = samples[i] ?? 0;
    const d1 = d0 - last;
    const d2 = d1 - slope;
    const d3 = d2 - bend;
    const d4 = d3 - twist;
    last = d0;
    slope = d1;
    bend = d2;
    twist = d3;
    if (i < 4) continue; // no order has all its earlier samples before
    s0 += Math.abs(d0);
    s1 += Math.abs(d1);
    s2 += Math.abs(d2);
    s3 += Math.abs(d3);
    s4 += Math.abs(d4);
  }
  const sizes = [s0, s1, s2, s3, s4];
  const size = Math.min(...sizes);
  return { order: sizes.indexOf(size), size };
}

function fixedResidual(samples: Int16Array, order: number, residual: Int32Array): void {
  const [a = 0, b = 0, c = 0, d = 0] = FIXED_COEFFICIENTS[order] ?? [];
  for (let i = order; i < samples.length; i++) {
    const predicted =
      a * (samples[i - 1] ?? 0) +
      b * (samples[i - 2] ?? 0) +
      c * (samples[i - 3] ?? 0) +
      d * (samples[i - 4] ?? 0);
    residual[i] = (samples[i] ?? 0) - predicted;
  }
}

const FIXED_COEFFICIENTS = [[], [1], [2, -1], [3, -3, 1], [4, -6, 4, -1]];
