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

/** In place, of values one behind the other: half of x times 1 + erf(x / sqrt 2), by Abramowitz and Stegun, 7.1.26. */
export function gelu(x: usize, length: i32): void {
  const end = x + (length << 2);
  for (; x < end; x += 16) {
    const values = v128.load(x);
    const z = times(values, f32x4.splat(Mathf.SQRT1_2));
    const t = f32x4.div(f32x4.splat(1), plus(times(f32x4.abs(z), f32x4.splat(0.3275911)), 1));
    let sum = plus(times(t, f32x4.splat(1.061405429)), -1.453152027);
    sum = plus(times(t, sum), 1.421413741);
    sum = plus(times(t, sum), -0.284496736);
    sum = times(t, plus(times(t, sum), 0.254829592));
    const tail = times(sum, exponential(f32x4.neg(times(z, z))));
    const both = f32x4.sub(f32x4.splat(1), tail);
    const erf = v128.bitselect(f32x4.neg(both), both, f32x4.lt(z, f32x4.splat(0)));
    v128.store(x, times(times(values, f32x4.splat(0.5)), plus(erf, 1)));
  }
}

/** In place: each row becomes shares that add up to 1, by powers of e. */
export function softmax(x: usize, stride: i32, rows: i32, length: i32): void {
  const behind = (4 - (length & 3)) & 3;
  for (let row = 0; row < rows; row++) {
    const from = x + ((row * stride) << 2);
    const end = from + (length << 2);
    for (let at = 0; at < behind; at++) store<f32>(end + (at << 2), -f32.MAX_VALUE);
    let most = v128.load(from);
    for (let at = from + 16; at < end; at += 16) most = f32x4.pmax(most, v128.load(at));
    most = f32x4.pmax(most, i8x16.shuffle(most, most, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
    const peaks = f32x4.splat(max(f32x4.extract_lane(most, 0), f32x4.extract_lane(most, 1)));
    let sums = f32x4.splat(0);
    for (let at = from; at < end; at += 16) {
      const powers = exponential(f32x4.sub(v128.load(at), peaks));
      v128.store(at, powers);
      sums = f32x4.add(sums, powers);
    }
    const pairs = f32x4.add(
      sums,
      i8x16.shuffle(sums, sums, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7),
    );
    const share = f32x4.splat(1 / (f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1)));
    for (let at = from; at < end; at += 16) v128.store(at, times(v128.load(at), share));
  }
}

/** In place: each column less its mean, over its deviation, times a gain of each row and an offset. */
export function normalize(
  x: usize,
  stride: i32,
  rows: i32,
  length: i32,
  gains: usize,
  offsets: usize,
  epsilon: f32,
): void {
  const next: usize = stride << 2;
  const count = f32x4.splat(<f32>rows);
  for (let column = 0; column < length; column += 4) {
    const from = x + (column << 2);
    const end = from + <usize>rows * next;
    let mean = f32x4.splat(0);
    for (let at = from; at < end; at += next) mean = f32x4.add(mean, v128.load(at));
    mean = f32x4.div(mean, count);
    let variance = f32x4.splat(0);
    for (let at = from; at < end; at += next) {
      const difference = f32x4.sub(v128.load(at), mean);
      variance = f32x4.add(variance, times(difference, difference));
    }
    const deviation = f32x4.sqrt(plus(f32x4.div(variance, count), epsilon));
    const factor = f32x4.div(f32x4.splat(1), deviation);
    for (let at = from, row: usize = 0; at < end; at += next, row += 4) {
      const normal = times(f32x4.sub(v128.load(at), mean), factor);
      const scaled = times(normal, v128.load32_splat(gains + row));
      v128.store(at, f32x4.add(scaled, v128.load32_splat(offsets + row)));
    }
  }
}

/** Below it a float has no digits left. */
const LEAST_POWER: f32 = -87;

/** e^x of what is not above 0: two to a whole power, times a polynomial for what is left. */
function exponential(values: v128): v128 {
  const x = f32x4.pmax(values, f32x4.splat(LEAST_POWER));
  const whole = f32x4.nearest(times(x, f32x4.splat(Mathf.LOG2E)));
  // the logarithm of 2 in two parts, of which the first has few digits: its product is exact
  const near = f32x4.sub(x, times(whole, f32x4.splat(0.693359375)));
  const r = f32x4.add(near, times(whole, f32x4.splat(0.00021219444)));
  let power = plus(times(r, f32x4.splat(1 / 5040.0)), 1 / 720.0);
  power = plus(times(r, power), 1 / 120.0);
  power = plus(times(r, power), 1 / 24.0);
  power = plus(times(r, power), 1 / 6.0);
  power = plus(times(r, power), 0.5);
  power = plus(times(r, plus(times(r, power), 1)), 1);
  return times(power, i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(whole), i32x4.splat(127)), 23));
}
