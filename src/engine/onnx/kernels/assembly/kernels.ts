/**
 * What a vocoder spends its time on, in AssemblyScript: `npm run build:codecs` makes dist/wasm/kernels.wasm of it. Baseline SIMD
 * alone, so that every runtime computes the same bytes. `../module.ts` says what each function does to whom calls it.
 *
 * A plane is rows of floats, `stride` of them from one row's begin to the next one's. Kernels work on 4 or 8 columns at a time and
 * may read and write up to 7 columns behind the last one: a stride has room for them, and what stands there reaches no result.
 */

/** Raise it when a kernel computes other values or is called otherwise: `version` of ../module.ts goes with it. */
export const version: i32 = 3;

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

/**
 * Weights are in fours of rows: of each pair of input rows and each tap, four pairs of 16-bit integers; of 8-bit ones, which take half
 * of the memory, where there is room at `wide` for those of four rows.
 */
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
  wide: usize,
): void {
  const rowBytes: usize = stride << 2;
  const groups = pairs * taps;
  for (let from = 0; from < length; from += BLOCK) {
    const to = min(from + BLOCK, length);
    let next = weights;
    for (let row = 0; row < rows; row += 4) {
      const group = wide ? wide : next;
      if (wide) widen(next, wide, groups);
      next += groups << (wide ? 3 : 4);
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
    }
  }
}

function widen(from: usize, to: usize, groups: i32): void {
  const end = from + (groups << 3);
  for (; from < end; from += 8, to += 16) v128.store(to, v128.load8x8_s(from));
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

/**
 * The product of two matrices of floats: `rows` of `inner` in `a`, one behind the other, times `inner` rows in `b`, to rows in `y`, both
 * `stride` apart. `rows` are a multiple of 4, and there is room for whole eights of columns.
 */
export function multiply(
  a: usize,
  b: usize,
  y: usize,
  rows: i32,
  inner: i32,
  length: i32,
  stride: i32,
): void {
  const next: usize = stride << 2;
  const aNext: usize = inner << 2;
  for (let row = 0; row < rows; row += 4) {
    for (let column = 0; column < length; column += 8) {
      let a0 = f32x4.splat(0);
      let a1 = f32x4.splat(0);
      let b0 = f32x4.splat(0);
      let b1 = f32x4.splat(0);
      let c0 = f32x4.splat(0);
      let c1 = f32x4.splat(0);
      let d0 = f32x4.splat(0);
      let d1 = f32x4.splat(0);
      let left = a + ((row * inner) << 2);
      let right = b + (column << 2);
      for (let index = 0; index < inner; index++, left += 4, right += next) {
        const x0 = v128.load(right);
        const x1 = v128.load(right, 16);
        let weight = v128.load32_splat(left);
        a0 = f32x4.add(a0, f32x4.mul(weight, x0));
        a1 = f32x4.add(a1, f32x4.mul(weight, x1));
        weight = v128.load32_splat(left + aNext);
        b0 = f32x4.add(b0, f32x4.mul(weight, x0));
        b1 = f32x4.add(b1, f32x4.mul(weight, x1));
        weight = v128.load32_splat(left + 2 * aNext);
        c0 = f32x4.add(c0, f32x4.mul(weight, x0));
        c1 = f32x4.add(c1, f32x4.mul(weight, x1));
        weight = v128.load32_splat(left + 3 * aNext);
        d0 = f32x4.add(d0, f32x4.mul(weight, x0));
        d1 = f32x4.add(d1, f32x4.mul(weight, x1));
      }
      let to = y + ((row * stride + column) << 2);
      v128.store(to, a0);
      v128.store(to, a1, 16);
      to += next;
      v128.store(to, b0);
      v128.store(to, b1, 16);
      to += next;
      v128.store(to, c0);
      v128.store(to, c1, 16);
      to += next;
      v128.store(to, d0);
      v128.store(to, d1, 16);
    }
  }
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
