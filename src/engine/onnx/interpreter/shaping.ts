import { attribute, integer, integers } from '../kernels/graph.ts';
import { floatsOf } from '../prepare/quantize.ts';
import type { Operator } from './operator.ts';
import {
  axisOf,
  broadcastDims,
  expectInput,
  forRows,
  integerOf,
  integersOf,
  type Room,
  repeat,
  roomLike,
  sizeOf,
  stridesOf,
  type Value,
} from './value.ts';

/** Elements at `begin` and every step from there, along each axis. */
function view(
  value: Value,
  dims: readonly number[],
  begin: number,
  strides: readonly number[],
  room: Room,
): Value {
  const made = roomLike(room, value, dims);
  const step = strides.at(-1) ?? 0;
  const width = dims.at(-1) ?? 1;
  const { data } = value;
  forRows(dims, [strides], (to, [from = 0]) => {
    const first = begin + from;
    if (step === 1) made.data.set(data.subarray(first, first + width) as never, to);
    else for (let at = 0; at < width; at++) made.data[to + at] = data[first + at * step]!;
  });
  return made;
}

const transpose: Operator = ([input], node, room) => {
  const value = expectInput(input);
  const order = integers(node, 'perm', value.dims.map((_, axis) => axis).reverse());
  const strides = stridesOf(value.dims);
  return [
    view(
      value,
      order.map((axis) => value.dims[axis] ?? 1),
      0,
      order.map((axis) => strides[axis] ?? 0),
      room,
    ),
  ];
};

const slice: Operator = ([input, starts, ends, axes, steps], _, room) => {
  const value = expectInput(input);
  const from = integersOf(starts);
  const to = integersOf(ends);
  const along = axes ? integersOf(axes) : from.map((_each, axis) => axis);
  const strides = stridesOf(value.dims);
  const dims = [...value.dims];
  let begin = 0;
  for (const [index, each] of along.entries()) {
    const axis = axisOf(each, value.dims.length);
    const length = value.dims[axis] ?? 0;
    const step = steps ? (integersOf(steps)[index] ?? 1) : 1;
    const clamp = (bound: number): number =>
      Math.min(
        Math.max(bound < 0 ? bound + length : bound, step < 0 ? -1 : 0),
        step < 0 ? length - 1 : length,
      );
    const [first, end] = [clamp(from[index] ?? 0), clamp(to[index] ?? length)];
    dims[axis] = Math.max(0, Math.ceil((end - first) / step));
    begin += first * (strides[axis] ?? 0);
    strides[axis] = (strides[axis] ?? 0) * step;
  }
  return [view(value, dims, begin, strides, room)];
};

const split: Operator = ([input, sizes], node, room) => {
  const value = expectInput(input);
  const axis = axisOf(integer(node, 'axis', 0), value.dims.length);
  const strides = stridesOf(value.dims);
  let from = 0;
  return integersOf(sizes).map((size) => {
    const begin = from * (strides[axis] ?? 0);
    from += size;
    const dims = value.dims.map((dim, each) => (each === axis ? size : dim));
    return view(value, dims, begin, strides, room);
  });
};

const concat: Operator = (inputs, node, room) => {
  const values = inputs.map(expectInput);
  const [first] = values;
  if (!first) throw new RangeError('It joins nothing.');
  const axis = axisOf(integer(node, 'axis', 0), first.dims.length);
  const dims = first.dims.map((dim, each) =>
    each === axis ? values.reduce((sum, value) => sum + (value.dims[axis] ?? 0), 0) : dim,
  );
  const made = roomLike(room, first, dims);
  const inner = sizeOf(dims.slice(axis));
  const outer = sizeOf(dims.slice(0, axis));
  let offset = 0;
  for (const { data, dims: own } of values) {
    const width = sizeOf(own.slice(axis));
    for (let row = 0; row < outer; row++)
      made.data.set(data.subarray(row * width, (row + 1) * width) as never, row * inner + offset);
    offset += width;
  }
  return [made];
};

const reshape: Operator = ([input, shape]) => {
  const value = expectInput(input);
  const asked = integersOf(shape).map((dim, axis) => (dim === 0 ? (value.dims[axis] ?? 0) : dim));
  const known = asked.reduce((size, dim) => (dim < 0 ? size : size * dim), 1);
  return [{ ...value, dims: asked.map((dim) => (dim < 0 ? value.data.length / known : dim)) } as Value];
};

const squeeze: Operator = ([input, axes]) => {
  const value = expectInput(input);
  const gone = axes && integersOf(axes).map((axis) => axisOf(axis, value.dims.length));
  const dims = value.dims.filter((dim, axis) => (gone ? !gone.includes(axis) : dim !== 1));
  return [{ ...value, dims } as Value];
};

const unsqueeze: Operator = ([input, axes]) => {
  const value = expectInput(input);
  const added = integersOf(axes);
  const rank = value.dims.length + added.length;
  const places = new Set(added.map((axis) => axisOf(axis, rank)));
  const rest = [...value.dims];
  const dims = Array.from({ length: rank }, (_, axis) => (places.has(axis) ? 1 : (rest.shift() ?? 1)));
  return [{ ...value, dims } as Value];
};

const shape: Operator = ([input], node, room) => {
  const { dims } = expectInput(input);
  const bound = (name: string, otherwise: number): number =>
    axisOf(integer(node, name, otherwise), dims.length);
  const told = dims.slice(bound('start', 0), bound('end', dims.length));
  const made = room.integers([told.length]);
  made.data.set(told);
  return [made];
};

const constantOfShape: Operator = ([input], node, room) => {
  const dims = integersOf(input);
  const filled = attribute(node, 'value')?.t;
  if (filled && filled.dataType !== FLOAT) {
    const made = room.integers(dims);
    made.data.fill(wholeNumberOf(filled.rawData));
    return [made];
  }
  // Without a value they are floats; as whole numbers they are made with one.
  const made = room.floats(dims);
  made.data.fill(filled ? (floatsOf(filled)[0] ?? 0) : 0);
  return [made];
};

/** TensorProto.DataType */
const FLOAT = 1;

/** The lower half of the first one. */
function wholeNumberOf(bytes: Uint8Array = new Uint8Array(4)): number {
  return new Int32Array(bytes.slice(0, 4).buffer)[0] ?? 0;
}

const pad: Operator = ([input, sizes, filling], _, room) => {
  const value = expectInput(input);
  const rank = value.dims.length;
  const around = integersOf(sizes);
  const dims = value.dims.map((dim, axis) => dim + (around[axis] ?? 0) + (around[axis + rank] ?? 0));
  const made = roomLike(room, value, dims);
  made.data.fill(filling ? integerOf(filling) : 0);
  const strides = stridesOf(dims);
  const begin = strides.reduce((sum, stride, axis) => sum + stride * (around[axis] ?? 0), 0);
  const width = value.dims.at(-1) ?? 1;
  forRows(value.dims, [strides], (from, [to = 0]) =>
    made.data.set(value.data.subarray(from, from + width) as never, begin + to),
  );
  return [made];
};

const range: Operator = ([from, to, by], _, room) => {
  const [start, end, step] = [integerOf(from), integerOf(to), integerOf(by)];
  const made = roomLike(room, expectInput(from), [Math.max(0, Math.ceil((end - start) / step))]);
  for (let at = 0; at < made.data.length; at++) made.data[at] = start + at * step;
  return [made];
};

/** onnx.ai, Operators: what moves elements, as Piper's encoders use it. */
export const shaping: Readonly<Record<string, Operator>> = {
  Identity: ([input]) => [expectInput(input)],
  Transpose: transpose,
  Slice: slice,
  Split: split,
  Concat: concat,
  Reshape: reshape,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Shape: shape,
  ConstantOfShape: constantOfShape,
  Pad: pad,
  Range: range,
  Expand: ([input, asked], _, room) => {
    const value = expectInput(input);
    return [repeat(value, broadcastDims(value.dims, integersOf(asked)), room)];
  },
};
