import { expectAttributes, type GraphReader, integer, integers, Unrecognized } from '../kernels/graph.ts';
import { packConvolution } from '../kernels/pack-weights.ts';
import type { Node } from '../prepare/model.ts';
import type { Operator } from './operator.ts';
import type { Products } from './products.ts';
import { broadcastDims, type Floats, isFloats, type Room, type Value } from './value.ts';

const attributes = ['dilations', 'group', 'kernel_shape', 'pads', 'strides'];

interface Sides {
  readonly left: number;
  readonly right: number;
  readonly dilation: number;
}

/**
 * A convolution along time: of int8 weights by the kernels, of float32 ones, which are small and exact, as a product of matrices or
 * channel by channel. Its weights are read once. @throws Unrecognized for one of another kind
 */
export function openConvolution(graph: GraphReader, node: Node, products: Products): Operator {
  expectAttributes(node, attributes);
  const [, name = '', biasName] = node.input;
  const weights = graph.weights(name, 0);
  const bias = biasName ? graph.floats(biasName) : undefined;
  const [dilation = 1] = integers(node, 'dilations', [1]);
  const [left = 0, right = 0] = integers(node, 'pads', [0, 0]);
  const [stride = 1] = integers(node, 'strides', [1]);
  const group = integer(node, 'group', 1);
  const [channels = 0, inputs = 0, taps = 0] = weights.dims;
  if (stride !== 1 || weights.dims.length !== 3) throw new Unrecognized('A convolution is of another kind.');
  if (weights.scales) {
    if (group !== 1) throw new Unrecognized('A convolution of integers has groups.');
    const placed = products.place(packConvolution(weights, bias, dilation), channels, left, right);
    return ([x], _, room) => [products.convolve(placed, expectPlane(x, inputs), room)];
  }
  const { values } = weights;
  if (!(values instanceof Float32Array)) throw new Unrecognized('A convolution has integers without scales.');
  if (group === channels && inputs === 1 && channels > 1)
    return ([x], _, room) => [
      convolveApart(values, bias, { left, right, dilation }, expectPlane(x, channels), room),
    ];
  if (group !== 1 || taps !== 1 || left + right !== 0)
    throw new Unrecognized('A convolution of floats is of another kind.');
  const matrix: Floats = { dims: [channels, inputs], data: values };
  return ([x], _, room) => {
    const from = expectPlane(x, inputs);
    const length = from.dims[2] ?? 0;
    const made = products.multiply(matrix, from, [1, channels, length], room);
    if (bias) addToRows(made.data, bias, length);
    return [made];
  };
}

export function multiplyMatrices(products: Products): Operator {
  return ([a, b], _, room) => {
    if (!a || !b || !isFloats(a) || !isFloats(b)) throw new RangeError('A product is of no floats.');
    const outer = broadcastDims(a.dims.slice(0, -2), b.dims.slice(0, -2));
    return [products.multiply(a, b, [...outer, a.dims.at(-2) ?? 1, b.dims.at(-1) ?? 1], room)];
  };
}

function expectPlane(value: Value | undefined, channels: number): Floats {
  if (
    !value ||
    !isFloats(value) ||
    value.dims.length !== 3 ||
    value.dims[0] !== 1 ||
    value.dims[1] !== channels
  )
    throw new RangeError('A convolution is given another number of channels.');
  return value;
}

function addToRows(data: Float32Array, bias: Float32Array, length: number): void {
  for (const [row, added] of bias.entries())
    for (let at = row * length; at < (row + 1) * length; at++) data[at]! += added;
}

/** Each channel by taps of its own. */
function convolveApart(
  weights: Float32Array,
  bias: Float32Array | undefined,
  { left, right, dilation }: Sides,
  { dims, data }: Floats,
  room: Room,
): Floats {
  const [, channels = 0, length = 0] = dims;
  const taps = weights.length / channels;
  const width = length + left + right - (taps - 1) * dilation;
  const made = room.floats([1, channels, width]);
  for (let channel = 0; channel < channels; channel++) {
    const row = made.data.subarray(channel * width, (channel + 1) * width).fill(bias?.[channel] ?? 0);
    for (let tap = 0; tap < taps; tap++) {
      const weight = weights[channel * taps + tap]!;
      const shift = tap * dilation - left;
      const end = Math.min(width, length - shift);
      for (let at = Math.max(0, -shift); at < end; at++)
        row[at]! += weight * data[channel * length + at + shift]!;
    }
  }
  return made;
}
