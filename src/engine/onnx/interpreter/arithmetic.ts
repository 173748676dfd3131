import { integer, integers } from '../kernels/graph.ts';
import type { Node } from '../prepare/model.ts';
import { exponential } from './exponential.ts';
import type { Operator } from './operator.ts';
import {
  axisOf,
  broadcastDims,
  expectInput,
  forRows,
  integerOf,
  isFloats,
  type Room,
  repeatedStrides,
  roomLike,
  sizeOf,
  type Value,
} from './value.ts';

/** One row of a result: `x` and `y` are read from where they begin, in steps of 1, or 0 for the same element throughout. */
type RowOf<Data> = (
  x: Data,
  fromX: number,
  stepX: number,
  y: Data,
  fromY: number,
  stepY: number,
  out: Data,
  to: number,
  end: number,
) => void;
type Row = RowOf<Value['data']>;
/**
 * Each operator that has much to do has a loop of its own, which only ever sees floats: an optimising compiler makes a quick one neither
 * of a loop that is given what to compute nor of one that meets two kinds of arrays.
 */
type FloatRow = RowOf<Float32Array>;

const addRow: FloatRow = (x, fromX, stepX, y, fromY, stepY, out, to, end) => {
  for (let at = to, a = fromX, b = fromY; at < end; at++, a += stepX, b += stepY) out[at] = x[a]! + y[b]!;
};
const subtractRow: FloatRow = (x, fromX, stepX, y, fromY, stepY, out, to, end) => {
  for (let at = to, a = fromX, b = fromY; at < end; at++, a += stepX, b += stepY) out[at] = x[a]! - y[b]!;
};
const multiplyRow: FloatRow = (x, fromX, stepX, y, fromY, stepY, out, to, end) => {
  for (let at = to, a = fromX, b = fromY; at < end; at++, a += stepX, b += stepY) out[at] = x[a]! * y[b]!;
};
const divideRow: FloatRow = (x, fromX, stepX, y, fromY, stepY, out, to, end) => {
  for (let at = to, a = fromX, b = fromY; at < end; at++, a += stepX, b += stepY) out[at] = x[a]! / y[b]!;
};

/** For operators of which little is computed. */
function rowOf(compute: (a: number, b: number) => number): Row {
  return (x, fromX, stepX, y, fromY, stepY, out, to, end) => {
    for (let at = to, a = fromX, b = fromY; at < end; at++, a += stepX, b += stepY)
      out[at] = compute(x[a]!, y[b]!);
  };
}

function two(row: Row, isTruth = false): Operator {
  return ([a, b], _, room) => [combine(expectInput(a), expectInput(b), row, isTruth, room)];
}

function sums(floats: FloatRow, compute: (a: number, b: number) => number): Operator {
  const integers = rowOf(compute);
  return ([a, b], _, room) => {
    const [x, y] = [expectInput(a), expectInput(b)];
    const row = isFloats(x) && isFloats(y) ? (floats as Row) : integers;
    return [combine(x, y, row, false, room)];
  };
}

function combine(a: Value, b: Value, row: Row, isTruth: boolean, room: Room): Value {
  const dims = broadcastDims(a.dims, b.dims);
  const made = isTruth ? room.integers(dims) : roomLike(room, a, dims);
  const [x, y, out] = [a.data, b.data, made.data];
  const [isWholeX, isWholeY] = [x.length === out.length, y.length === out.length];
  if ((isWholeX || x.length === 1) && (isWholeY || y.length === 1)) {
    row(x, 0, Number(isWholeX), y, 0, Number(isWholeY), out, 0, out.length);
    return made;
  }
  const strides = [repeatedStrides(a.dims, dims), repeatedStrides(b.dims, dims)];
  const [stepX = 0, stepY = 0] = strides.map((each) => each.at(-1) ?? 0);
  const width = dims.at(-1) ?? 1;
  forRows(dims, strides, (to, [fromX = 0, fromY = 0]) =>
    row(x, fromX, stepX, y, fromY, stepY, out, to, to + width),
  );
  return made;
}

function one(compute: (a: number) => number): Operator {
  return ([input], _, room) => {
    const a = expectInput(input);
    const made = roomLike(room, a, a.dims);
    for (let at = 0; at < made.data.length; at++) made.data[at] = compute(a.data[at]!);
    return [made];
  };
}

const multiplyIntegers = rowOf((a, b) => a * b);

const product = sums(multiplyRow, (a, b) => a * b);

/** Encoders multiply by a mask again and again, which is 1 throughout where a text is spoken alone: what it leaves as it is is not copied. */
const multiply: Operator = (inputs, node, room) => {
  const [x, mask] = inputs;
  const isLeft = x && mask && isFloats(x) && mask.data.length < x.data.length && isAllOnes(mask, x.dims);
  return isLeft ? [x] : product(inputs, node, room);
};

/** And repeated to `dims` it has no others. */
function isAllOnes(mask: Value, dims: readonly number[]): boolean {
  const repeated = broadcastDims(mask.dims, dims);
  return repeated.join() === dims.join() && mask.data.every((each) => each === 1);
}

/** Mostly a square. */
const power: Operator = (inputs, node, room) => {
  const [value, exponent] = inputs.map(expectInput);
  if (value && exponent?.data.length === 1 && exponent.data[0] === 2)
    return [combine(value, value, isFloats(value) ? (multiplyRow as Row) : multiplyIntegers, false, room)];
  return two(rowOf((a, b) => a ** b))(inputs, node, room);
};

const rectify: Operator = ([input], _, room) => {
  const { dims, data } = expectInput(input);
  const made = room.floats(dims);
  const out = made.data;
  for (let at = 0; at < out.length; at++) {
    out[at] = Math.max(data[at]!, 0);
  }
  return [made];
};

/** Abramowitz and Stegun, 7.1.26: within 1.5e-7. */
export function erf(x: number): number {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const sum = 0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429)));
  const magnitude = 1 - t * sum * exponential(-x * x);
  return x < 0 ? -magnitude : magnitude;
}

/** Sums, or means, along some axes. */
function reduce(axes: readonly number[], value: Value, keeps: boolean, isMean: boolean, room: Room): Value {
  const rank = value.dims.length;
  const gone = new Set(
    (axes.length > 0 ? axes : value.dims.map((_, axis) => axis)).map((axis) => axisOf(axis, rank)),
  );
  const kept = value.dims.map((dim, axis) => (gone.has(axis) ? 1 : dim));
  const made = roomLike(room, value, kept);
  made.data.fill(0);
  const strides = repeatedStrides(kept, value.dims);
  const step = strides.at(-1) ?? 0;
  const width = value.dims.at(-1) ?? 1;
  forRows(value.dims, [strides], (from, [to = 0]) => {
    if (step !== 0) {
      for (let at = 0; at < width; at++) made.data[to + at * step]! += value.data[from + at]!;
      return;
    }
    let sum = 0;
    for (let at = 0; at < width; at++) sum += value.data[from + at]!;
    made.data[to]! += sum;
  });
  const count = sizeOf(value.dims) / Math.max(1, made.data.length);
  if (isMean) for (let at = 0; at < made.data.length; at++) made.data[at]! /= count;
  return keeps ? made : { ...made, dims: value.dims.filter((_, axis) => !gone.has(axis)) };
}

const cumulate: Operator = ([input, along], node, room) => {
  const value = expectInput(input);
  const isLast = axisOf(integerOf(along), value.dims.length) === value.dims.length - 1;
  if (!isLast || integer(node, 'exclusive', 0) !== 0 || integer(node, 'reverse', 0) !== 0)
    throw new RangeError('It sums up otherwise.');
  const width = value.dims.at(-1) ?? 1;
  const made = roomLike(room, value, value.dims);
  for (let from = 0; from < value.data.length; from += width) {
    let sum = 0;
    for (let at = from; at < from + width; at++) {
      sum += value.data[at]!;
      made.data[at] = sum;
    }
  }
  return [made];
};

const where: Operator = ([condition, yes, no], _, room) => {
  const inputs = [expectInput(condition), expectInput(yes), expectInput(no)] as const;
  const [is, a, b] = inputs;
  const dims = broadcastDims(broadcastDims(is.dims, a.dims), b.dims);
  const made = roomLike(room, a, dims);
  const strides = inputs.map((each) => repeatedStrides(each.dims, dims));
  const [stepIs = 0, stepA = 0, stepB = 0] = strides.map((each) => each.at(-1) ?? 0);
  const width = dims.at(-1) ?? 1;
  forRows(dims, strides, (to, [fromIs = 0, fromA = 0, fromB = 0]) => {
    for (let at = 0; at < width; at++)
      made.data[to + at] = is.data[fromIs + at * stepIs]
        ? a.data[fromA + at * stepA]!
        : b.data[fromB + at * stepB]!;
  });
  return [made];
};

const axesIn = ([, axes]: readonly (Value | undefined)[], node: Node): readonly number[] =>
  axes ? [...axes.data] : integers(node, 'axes', []);

/** onnx.ai, Operators: as Piper's encoders use them. */
export const arithmetic: Readonly<Record<string, Operator>> = {
  Add: sums(addRow, (a, b) => a + b),
  Sub: sums(subtractRow, (a, b) => a - b),
  Mul: multiply,
  Div: sums(divideRow, (a, b) => Math.trunc(a / b)),
  Pow: power,
  And: two(
    rowOf((a, b) => a & b),
    true,
  ),
  Equal: two(
    rowOf((a, b) => Number(a === b)),
    true,
  ),
  Less: two(
    rowOf((a, b) => Number(a < b)),
    true,
  ),
  LessOrEqual: two(
    rowOf((a, b) => Number(a <= b)),
    true,
  ),
  Greater: two(
    rowOf((a, b) => Number(a > b)),
    true,
  ),
  GreaterOrEqual: two(
    rowOf((a, b) => Number(a >= b)),
    true,
  ),
  Neg: one((a) => -a),
  Not: one((a) => 1 - a),
  Sqrt: one(Math.sqrt),
  Exp: one(exponential),
  Erf: one(erf),
  Relu: rectify,
  Softplus: one((a) => Math.log1p(exponential(-Math.abs(a))) + Math.max(a, 0)),
  Floor: one(Math.floor),
  CumSum: cumulate,
  Where: where,
  ReduceMean: (inputs, node, room) => [
    reduce(axesIn(inputs, node), expectInput(inputs[0]), integer(node, 'keepdims', 1) === 1, true, room),
  ],
  ReduceSum: (inputs, node, room) => [
    reduce(axesIn(inputs, node), expectInput(inputs[0]), integer(node, 'keepdims', 1) === 1, false, room),
  ],
};
