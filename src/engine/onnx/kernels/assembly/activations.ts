/** What follows a convolution, in AssemblyScript: a part of the module that `kernels.ts` is of, with planes as there. */

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
