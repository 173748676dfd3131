/** A tensor of float32, row by row. */
export interface Floats {
  readonly dims: readonly number[];
  readonly data: Float32Array;
}

/** A tensor of whole numbers or truths: of 64 bits in the graph, of which no number here needs more than 32. */
export interface Integers {
  readonly dims: readonly number[];
  readonly data: Int32Array;
}

export type Value = Floats | Integers;

/** Makes room for a result; what stands there is not cleared. */
export interface Room {
  floats(dims: readonly number[]): Floats;
  integers(dims: readonly number[]): Integers;
}

export function isFloats(value: Value): value is Floats {
  return value.data instanceof Float32Array;
}

/** Room for as much and of the same kind as `value`. */
export function roomLike(room: Room, value: Value, dims: readonly number[]): Value {
  return isFloats(value) ? room.floats(dims) : room.integers(dims);
}

export function sizeOf(dims: readonly number[]): number {
  return dims.reduce((size, dim) => size * dim, 1);
}

/** @throws RangeError where it is absent */
export function expectInput(value: Value | undefined): Value {
  if (!value) throw new RangeError('An operator lacks an input.');
  return value;
}

export function integersOf(value: Value | undefined): readonly number[] {
  if (!value) throw new RangeError('An operator lacks an input.');
  return [...value.data];
}

export function integerOf(value: Value | undefined): number {
  const [first = Number.NaN] = value?.data ?? [];
  return first;
}

/** An index that may count from the end. */
export function axisOf(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

/** Elements between one index of each axis and the next. */
export function stridesOf(dims: readonly number[]): number[] {
  const strides: number[] = [];
  let stride = 1;
  for (let axis = dims.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= dims[axis] ?? 1;
  }
  return strides;
}

/** What both are repeated to (onnx.ai, Broadcasting). */
export function broadcastDims(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const [left, right] = [a[axis - rank + a.length] ?? 1, b[axis - rank + b.length] ?? 1];
    if (left !== right && left !== 1 && right !== 1) throw new RangeError('Two sizes do not fit.');
    return left === 1 ? right : left;
  });
}

/** Strides of a tensor that is repeated to `dims`: 0 where it has one element for all. */
export function repeatedStrides(from: readonly number[], dims: readonly number[]): number[] {
  const own = stridesOf(from);
  const missing = dims.length - from.length;
  return dims.map((_, axis) =>
    axis < missing || from[axis - missing] === 1 ? 0 : (own[axis - missing] ?? 0),
  );
}

/**
 * Calls `row` for each run along the last axis of `dims`: where it begins in the result, and in tensors of these strides.
 */
export function forRows(
  dims: readonly number[],
  strides: readonly (readonly number[])[],
  row: (to: number, from: readonly number[]) => void,
): void {
  const rank = dims.length;
  const width = dims[rank - 1] ?? 1;
  const count = width === 0 ? 0 : sizeOf(dims) / width;
  const index = new Array<number>(Math.max(0, rank - 1)).fill(0);
  const from = strides.map(() => 0);
  for (let done = 0; done < count; done++) {
    row(done * width, from);
    for (let axis = rank - 2; axis >= 0; axis--) {
      const isOver = (index[axis] ?? 0) + 1 === dims[axis];
      const steps = isOver ? -(index[axis] ?? 0) : 1;
      for (let which = 0; which < strides.length; which++)
        from[which]! += steps * (strides[which]?.[axis] ?? 0);
      index[axis] = isOver ? 0 : (index[axis] ?? 0) + 1;
      if (!isOver) break;
    }
  }
}

/** `value` repeated to `dims`, or itself where it has them. */
export function repeat(value: Value, dims: readonly number[], room: Room): Value {
  if (sizeOf(value.dims) === sizeOf(dims)) return { ...value, dims };
  const made = roomLike(room, value, dims);
  const strides = repeatedStrides(value.dims, dims);
  const step = strides.at(-1) ?? 0;
  const width = dims.at(-1) ?? 1;
  forRows(dims, [strides], (to, [from = 0]) => {
    for (let at = 0; at < width; at++) made.data[to + at] = value.data[from + at * step]!;
  });
  return made;
}
