import { integer } from '../kernels/graph.ts';
import type { Operator } from './operator.ts';
import { axisOf, expectInput, roomLike, sizeOf, stridesOf, type Value } from './value.ts';

const gather: Operator = ([input, indices], node, room) => {
  const [value, chosen] = [expectInput(input), expectInput(indices)];
  const axis = axisOf(integer(node, 'axis', 0), value.dims.length);
  const length = value.dims[axis] ?? 0;
  const inner = sizeOf(value.dims.slice(axis + 1));
  const outer = sizeOf(value.dims.slice(0, axis));
  const dims = [...value.dims.slice(0, axis), ...chosen.dims, ...value.dims.slice(axis + 1)];
  const made = roomLike(room, value, dims);
  let to = 0;
  for (let block = 0; block < outer; block++) {
    for (const each of chosen.data) {
      const index = axisOf(each, length);
      if (index < 0 || index >= length) throw new RangeError('An index is out of range.');
      const from = (block * length + index) * inner;
      made.data.set(value.data.subarray(from, from + inner) as never, to);
      to += inner;
    }
  }
  return [made];
};

/** Along the last axis. */
const gatherElements: Operator = ([input, indices], node, room) => {
  const [value, chosen] = [expectInput(input), expectInput(indices)];
  const rank = value.dims.length;
  if (axisOf(integer(node, 'axis', 0), rank) !== rank - 1)
    throw new RangeError('It picks elements along another axis.');
  const [length, width] = [value.dims.at(-1) ?? 0, chosen.dims.at(-1) ?? 0];
  const made = roomLike(room, value, chosen.dims);
  for (let at = 0; at < made.data.length; at++)
    made.data[at] = value.data[Math.floor(at / width) * length + axisOf(chosen.data[at]!, length)]!;
  return [made];
};

/** Offsets into a tensor of `dims` of what each row of `indices` names, and how many elements that is. */
function placesOf(indices: Value, dims: readonly number[]): { places: number[]; inner: number } {
  const depth = indices.dims.at(-1) ?? 0;
  const strides = stridesOf(dims);
  const inner = sizeOf(dims.slice(depth));
  const count = sizeOf(indices.dims.slice(0, -1));
  const places = Array.from({ length: count }, (_, row) => {
    let place = 0;
    for (let axis = 0; axis < depth; axis++)
      place += axisOf(indices.data[row * depth + axis]!, dims[axis] ?? 0) * (strides[axis] ?? 0);
    return place;
  });
  return { places, inner };
}

const gatherNd: Operator = ([input, indices], _, room) => {
  const [value, chosen] = [expectInput(input), expectInput(indices)];
  const { places, inner } = placesOf(chosen, value.dims);
  const depth = chosen.dims.at(-1) ?? 0;
  const made = roomLike(room, value, [...chosen.dims.slice(0, -1), ...value.dims.slice(depth)]);
  for (const [row, place] of places.entries())
    made.data.set(value.data.subarray(place, place + inner) as never, row * inner);
  return [made];
};

const scatterNd: Operator = ([input, indices, updates], _, room) => {
  const [value, chosen, given] = [expectInput(input), expectInput(indices), expectInput(updates)];
  const { places, inner } = placesOf(chosen, value.dims);
  const made = roomLike(room, value, value.dims);
  made.data.set(value.data as never);
  for (const [row, place] of places.entries())
    made.data.set(given.data.subarray(row * inner, (row + 1) * inner) as never, place);
  return [made];
};

/** A row for each axis. */
const nonZero: Operator = ([input], _, room) => {
  const value = expectInput(input);
  const found: number[] = [];
  for (let at = 0; at < value.data.length; at++) if (value.data[at]) found.push(at);
  const rank = value.dims.length;
  const strides = stridesOf(value.dims);
  const made = room.integers([rank, found.length]);
  for (let axis = 0; axis < rank; axis++)
    for (const [index, at] of found.entries())
      made.data[axis * found.length + index] =
        Math.floor(at / (strides[axis] ?? 1)) % (value.dims[axis] ?? 1);
  return [made];
};

/** onnx.ai, Operators: what picks and places elements by their indices, as Piper's encoders use it. */
export const indexing: Readonly<Record<string, Operator>> = {
  Gather: gather,
  GatherElements: gatherElements,
  GatherND: gatherNd,
  ScatterND: scatterNd,
  NonZero: nonZero,
};
