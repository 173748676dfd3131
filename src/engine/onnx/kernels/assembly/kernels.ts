/**
 * What a vocoder spends its time on, in AssemblyScript: `npm run build:codecs` makes dist/wasm/kernels.wasm of it. Baseline SIMD
 * alone, so that every runtime computes the same bytes. `../module.ts` says what each function does to whom calls it.
 *
 * A plane is rows of floats, `stride` of them from one row's begin to the next one's. Kernels work on 4 or 8 columns at a time and
 * may read and write up to 7 columns behind the last one: a stride has room for them, and what stands there reaches no result.
 */

/** Raise it when a kernel computes other values or is called otherwise: `version` of ../module.ts goes with it. */
export const version: i32 = 1;

/** Columns that are convolved for all rows before the next ones: what they read stays in the first cache. A multiple of 8. */
const BLOCK: i32 = 240;

/** The greatest magnitude. */
export function peak(x: usize, stride: i32, rows: i32, length: i32): f32 {
  const whole = length & ~3;
  let most = f32x4.splat(0);
  let rest: f32 = 0;
  for (let row = 0; row < rows; row++) {
    let at = x + ((row * stride) << 2);
    for (let column = 0; column < whole; column += 4, at += 16)
      most = f32x4.pmax(most, f32x4.abs(v128.load(at)));
    for (let column = whole; column < length; column++, at += 4) rest = max(rest, abs(load<f32>(at)));
  }
  rest = max(rest, max(f32x4.extract_lane(most, 0), f32x4.extract_lane(most, 1)));
  return max(rest, max(f32x4.extract_lane(most, 2), f32x4.extract_lane(most, 3)));
}

/** To 16-bit integers, neighbouring rows in pairs, with zeros around. */
export function quantize(
  x: usize,
  stride: i32,
  rows: i32,
  length: i32,
  positive: f32,
  negative: f32,
  q: usize,
  qStride: i32,
  left: i32,
  right: i32,
): void {
  const above = f32x4.splat(positive);
  const below = f32x4.splat(negative);
  for (let row = 0; row < rows; row += 2) {
    let first = x + ((row * stride) << 2);
    let second = first + (stride << 2);
    let to = q + (((row >> 1) * qStride) << 2);
    memory.fill(to, 0, left << 2);
    to += left << 2;
    const end = to + (length << 2);
    for (; to < end; to += 16, first += 16, second += 16) {
      const low = toIntegers(v128.load(first), above, below);
      const high = toIntegers(v128.load(second), above, below);
      const both = i16x8.narrow_i32x4_s(low, high);
      v128.store(to, i16x8.shuffle(both, both, 0, 4, 1, 5, 2, 6, 3, 7));
    }
    memory.fill(end, 0, right << 2);
  }
}

function toIntegers(values: v128, above: v128, below: v128): v128 {
  const factors = v128.bitselect(below, above, f32x4.lt(values, f32x4.splat(0)));
  return i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(values, factors)));
}

/** Weights are in fours of rows: of each pair of input rows and each tap, four pairs of 16-bit integers. */
export function convolve(
  q: usize,
  qStride: i32,
  pairs: i32,
  length: i32,
  taps: i32,
  dilation: i32,
  weights: usize,
  scales: usize,
  bias: usize,
  unit: f32,
  rows: i32,
  y: usize,
  stride: i32,
  residual: usize,
  accumulate: bool,
): void {
  const rowBytes: usize = stride << 2;
  for (let from = 0; from < length; from += BLOCK) {
    const to = min(from + BLOCK, length);
    let group = weights;
    for (let row = 0; row < rows; row += 4) {
      for (let column = from; column < to; column += 8) {
        const at: usize = (row * stride + column) << 2;
        tile(
          q + (column << 2),
          qStride << 2,
          pairs,
          taps,
          dilation << 2,
          group,
          scales + (row << 2),
          bias + (row << 2),
          unit,
          y + at,
          residual ? residual + at : 0,
          rowBytes,
          accumulate,
        );
      }
      group += (pairs * taps) << 4;
    }
  }
}

/** Four rows of eight columns. */
function tile(
  q: usize,
  qBytes: usize,
  pairs: i32,
  taps: i32,
  step: usize,
  group: usize,
  scales: usize,
  bias: usize,
  unit: f32,
  y: usize,
  residual: usize,
  rowBytes: usize,
  accumulate: bool,
): void {
  let a0 = i32x4.splat(0);
  let a1 = i32x4.splat(0);
  let b0 = i32x4.splat(0);
  let b1 = i32x4.splat(0);
  let c0 = i32x4.splat(0);
  let c1 = i32x4.splat(0);
  let d0 = i32x4.splat(0);
  let d1 = i32x4.splat(0);
  for (let pair = 0; pair < pairs; pair++, q += qBytes) {
    let at = q;
    for (let tap = 0; tap < taps; tap++, at += step, group += 16) {
      const x0 = v128.load(at);
      const x1 = v128.load(at, 16);
      let weight = v128.load32_splat(group);
      a0 = i32x4.add(a0, i32x4.dot_i16x8_s(weight, x0));
      a1 = i32x4.add(a1, i32x4.dot_i16x8_s(weight, x1));
      weight = v128.load32_splat(group, 4);
      b0 = i32x4.add(b0, i32x4.dot_i16x8_s(weight, x0));
      b1 = i32x4.add(b1, i32x4.dot_i16x8_s(weight, x1));
      weight = v128.load32_splat(group, 8);
      c0 = i32x4.add(c0, i32x4.dot_i16x8_s(weight, x0));
      c1 = i32x4.add(c1, i32x4.dot_i16x8_s(weight, x1));
      weight = v128.load32_splat(group, 12);
      d0 = i32x4.add(d0, i32x4.dot_i16x8_s(weight, x0));
      d1 = i32x4.add(d1, i32x4.dot_i16x8_s(weight, x1));
    }
  }
  finish(a0, a1, load<f32>(scales) * unit, load<f32>(bias), y, residual, accumulate);
  y += rowBytes;
  if (residual) residual += rowBytes;
  finish(b0, b1, load<f32>(scales, 4) * unit, load<f32>(bias, 4), y, residual, accumulate);
  y += rowBytes;
  if (residual) residual += rowBytes;
  finish(c0, c1, load<f32>(scales, 8) * unit, load<f32>(bias, 8), y, residual, accumulate);
  y += rowBytes;
  if (residual) residual += rowBytes;
  finish(d0, d1, load<f32>(scales, 12) * unit, load<f32>(bias, 12), y, residual, accumulate);
}

/** Eight sums become floats. */
function finish(
  low: v128,
  high: v128,
  scale: f32,
  bias: f32,
  y: usize,
  residual: usize,
  accumulate: bool,
): void {
  const scales = f32x4.splat(scale);
  const biases = f32x4.splat(bias);
  let first = f32x4.add(f32x4.mul(f32x4.convert_i32x4_s(low), scales), biases);
  let second = f32x4.add(f32x4.mul(f32x4.convert_i32x4_s(high), scales), biases);
  if (residual) {
    first = f32x4.add(first, v128.load(residual));
    second = f32x4.add(second, v128.load(residual, 16));
  }
  if (accumulate) {
    first = f32x4.add(first, v128.load(y));
    second = f32x4.add(second, v128.load(y, 16));
  }
  v128.store(y, first);
  v128.store(y, second, 16);
}

/** The phases of a transposed convolution, `factor` rows for each row of the result, become rows `factor` times as long. */
export function weave(
  x: usize,
  stride: i32,
  columns: i32,
  factor: i32,
  skip: i32,
  rows: i32,
  y: usize,
  yStride: i32,
  length: i32,
): void {
  for (let row = 0; row < rows; row++) {
    const to = y + ((row * yStride) << 2);
    for (let phase = 0; phase < factor; phase++) {
      const from = x + (((row * factor + phase) * stride) << 2);
      let at = phase - skip;
      for (let column = 0; column < columns && at < length; column++, at += factor)
        if (at >= 0) store<f32>(to + (at << 2), load<f32>(from + (column << 2)));
    }
  }
}

/** In place: Lambert's continued fraction, within 1e-4 everywhere and within 1e-6 below 3. */
export function tanh(x: usize, stride: i32, rows: i32, length: i32): void {
  for (let row = 0; row < rows; row++) {
    const from = x + ((row * stride) << 2);
    const to = from + (length << 2);
    for (let at = from; at < to; at += 16) v128.store(at, tanhOf(v128.load(at)));
  }
}

/** Where the fraction reaches 1. */
const TANH_END: f32 = 4.97;

function tanhOf(values: v128): v128 {
  const x = f32x4.pmin(f32x4.pmax(values, f32x4.splat(-TANH_END)), f32x4.splat(TANH_END));
  const s = f32x4.mul(x, x);
  const upper = times(s, plus(times(s, plus(s, 378)), 17325));
  const lower = plus(times(s, plus(times(s, plus(f32x4.mul(s, f32x4.splat(28)), 3150)), 62370)), 135135);
  return f32x4.div(f32x4.mul(x, plus(upper, 135135)), lower);
}

/** The first rows' tanh times the sigmoid of as many rows behind them, in steps of 1 / limit, to 16-bit integers as `quantize` does. */
export function gate(
  x: usize,
  stride: i32,
  rows: i32,
  length: i32,
  limit: f32,
  q: usize,
  qStride: i32,
): void {
  const behind: usize = (rows * stride) << 2;
  const next: usize = stride << 2;
  const steps = f32x4.splat(limit);
  for (let row = 0; row < rows; row += 2) {
    let at = x + ((row * stride) << 2);
    let to = q + (((row >> 1) * qStride) << 2);
    const end = to + (length << 2);
    for (; to < end; to += 16, at += 16) {
      const low = f32x4.nearest(times(gated(at, at + behind), steps));
      const high = f32x4.nearest(times(gated(at + next, at + next + behind), steps));
      const both = i16x8.narrow_i32x4_s(i32x4.trunc_sat_f32x4_s(low), i32x4.trunc_sat_f32x4_s(high));
      v128.store(to, i16x8.shuffle(both, both, 0, 4, 1, 5, 2, 6, 3, 7));
    }
  }
}

/** A sigmoid is half of 1 + tanh of the half. */
function gated(first: usize, second: usize): v128 {
  const half = f32x4.splat(0.5);
  const sigmoid = times(half, plus(tanhOf(times(v128.load(second), half)), 1));
  return times(tanhOf(v128.load(first)), sigmoid);
}

function plus(values: v128, addend: f32): v128 {
  return f32x4.add(values, f32x4.splat(addend));
}

function times(a: v128, b: v128): v128 {
  return f32x4.mul(a, b);
}
