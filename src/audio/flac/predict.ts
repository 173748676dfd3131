/** Linear prediction for FLAC (RFC 9639, section 9.2.6). */

interface Weights {
  /** WEIGHTS of them, one for each earlier sample, the newest first. */
  readonly coefficients: Int32Array;
  /** Their binary point. */
  readonly shift: number;
}

/** Speech gains little from more. */
const WEIGHTS = 8;
/** Of a coefficient, its sign among them. */
export const COEFFICIENT_BITS = 12;
const MAX_COEFFICIENT = 2 ** (COEFFICIENT_BITS - 1) - 1;
const MAX_SHIFT = 15;

/** Levinson and Durbin's recursion over the autocorrelation of the windowed samples; undefined where it finds nothing. */
function computeWeights(samples: Int16Array): Weights | undefined {
  const correlation = autocorrelate(samples);
  const filter = new Float64Array(WEIGHTS);
  let error = correlation[0] ?? 0;
  for (let i = 0; i < WEIGHTS; i++) {
    let reflection = correlation[i + 1] ?? 0;
    for (let j = 0; j < i; j++) reflection -= (filter[j] ?? 0) * (correlation[i - j] ?? 0);
    reflection /= error;
    const before = filter.slice(0, i);
    for (let j = 0; j < i; j++) filter[j] = (before[j] ?? 0) - reflection * (before[i - 1 - j] ?? 0);
    filter[i] = reflection;
    error *= 1 - reflection * reflection;
    if (!(error > 0)) return undefined; // samples that a shorter filter predicts without fault, or rounding
  }
  return quantize(filter);
}

/** Whole coefficients with a common binary point; what one loses by rounding is made good by the next. */
function quantize(filter: Float64Array): Weights | undefined {
  let largest = 0;
  for (let i = 0; i < WEIGHTS; i++) largest = Math.max(largest, Math.abs(filter[i] ?? 0));
  let shift = MAX_SHIFT;
  while (shift > 0 && largest * 2 ** shift > MAX_COEFFICIENT) shift--;
  if (largest * 2 ** shift > MAX_COEFFICIENT) return undefined;
  const coefficients = new Int32Array(WEIGHTS);
  let lost = 0;
  for (let i = 0; i < WEIGHTS; i++) {
    const exact = (filter[i] ?? 0) * 2 ** shift + lost;
    const whole = Math.max(-MAX_COEFFICIENT, Math.min(MAX_COEFFICIENT, Math.round(exact)));
    coefficients[i] = whole;
    lost = exact - whole;
  }
  return { coefficients, shift };
}

/** Of `samples` under a parabola (Welch's window), for lags of 0..WEIGHTS: written out, all in one pass. */
function autocorrelate(samples: Int16Array): Float64Array {
  const middle = (samples.length - 1) / 2;
  const reach = 1 / (middle + 1);
  let x1 = 0;
  let x2 = 0;
  let x3 = 0;
  let x4 = 0;
  let x5 = 0;
  let x6 = 0;
  let x7 = 0;
  let x8 = 0;
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let s4 = 0;
  let s5 = 0;
  let s6 = 0;
  let s7 = 0;
  let s8 = 0;
  for (let i = 0; i < samples.length; i++) {
    const distance = (i - middle) * reach;
    const x0 = (samples[i] ?? 0) * (1 - distance * distance);
    s0 += x0 * x0;
    s1 += x0 * x1;
    s2 += x0 * x2;
    s3 += x0 * x3;
    s4 += x0 * x4;
    s5 += x0 * x5;
    s6 += x0 * x6;
    s7 += x0 * x7;
    s8 += x0 * x8;
    x8 = x7;
    x7 = x6;
    x6 = x5;
    x5 = x4;
    x4 = x3;
    x3 = x2;
    x2 = x1;
    x1 = x0;
  }
  return Float64Array.of(s0, s1, s2, s3, s4, s5, s6, s7, s8);
}

/**
 * Written out, as it takes most of the time. Nothing overflows: 8 products of 12 and 16 bits take 31.
 *
 * @returns the sum of the absolute residual
 */
function weightedResidual(
  samples: Int16Array,
  { coefficients, shift }: Weights,
  residual: Int32Array,
): number {
  const c0 = coefficients[0] ?? 0;
  const c1 = coefficients[1] ?? 0;
  const c2 = coefficients[2] ?? 0;
  const c3 = coefficients[3] ?? 0;
  const c4 = coefficients[4] ?? 0;
  const c5 = coefficients[5] ?? 0;
  const c6 = coefficients[6] ?? 0;
  const c7 = coefficients[7] ?? 0;
  let x0 = samples[7] ?? 0;
  let x1 = samples[6] ?? 0;
  let x2 = samples[5] ?? 0;
  let x3 = samples[4] ?? 0;
  let x4 = samples[3] ?? 0;
  let x5 = samples[2] ?? 0;
  let x6 = samples[1] ?? 0;
  let x7 = samples[0] ?? 0;
  let size = 0;
  for (let i = WEIGHTS; i < samples.length; i++) {
    const near = Math.imul(c0, x0) + Math.imul(c1, x1) + Math.imul(c2, x2) + Math.imul(c3, x3);
    const far = Math.imul(c4, x4) + Math.imul(c5, x5) + Math.imul(c6, x6) + Math.imul(c7, x7);
    const sample = samples[i] ?? 0;
    const left = sample - ((near + far) >> shift);
    residual[i] = left;
    size += Math.abs(left);
    x7 = x6;
    x6 = x5;
    x5 = x4;
    x4 = x3;
    x3 = x2;
    x2 = x1;
    x1 = x0;
    x0 = sample;
  }
  return size;
}

/* Predictors of FLAC (RFC 9639, sections 9.2.5 and 9.2.6): what they leave over is small, and takes few bits. */

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
