import {
  dataType,
  type Graph,
  type Model,
  type Node,
  node,
  opset,
  reads,
  type Tensor,
  toNumber,
} from './model.ts';

/** Below this an int8 copy saves less than its scale and nodes cost. */
const MIN_WORTH = 4096;
/** DequantizeLinear per channel needs 13, Shape with start and end needs 15. */
const NEEDED_OPSET = 15;
const STEPS = 127;

interface Quantized {
  readonly node: Node[];
  readonly initializer: Tensor[];
}

/**
 * Stores the weights of Conv and ConvTranspose as int8 with one scale per output channel (symmetric, rounded to
 * nearest); activations stay float32. All else is untouched, and so are weights whose name `keep` matches.
 *
 * To the scale is added one zero for each item of the activation's batch, which must be of 1 when the model runs. That
 * keeps ORT from dequantising every weight when it loads the model: it then holds the int8 copy and one float32 copy at a time (up to
 * 40 MB less for a Piper voice, the same result to the bit).
 */
export function quantizeConvolutions(model: Model, keep: RegExp = /^$/): Model {
  if (opset(model) < NEEDED_OPSET) throw new Error(`cannot quantize a model of opset ${opset(model)}`);
  const { graph } = model;
  const users = usersOf(graph);
  const before = new Map<Node, Node[]>();
  const initializer: Tensor[] = [];
  for (const tensor of graph.initializer) {
    const using = users.get(tensor.name) ?? [];
    const axis = keep.test(tensor.name) ? undefined : channelAxis(tensor, using);
    const first = using[0];
    if (axis === undefined || first === undefined) {
      initializer.push(tensor);
      continue;
    }
    const quantized = quantize(tensor, axis, first.input[0] ?? '');
    initializer.push(...quantized.initializer);
    before.set(first, [...(before.get(first) ?? []), ...quantized.node]);
  }
  // Right before the first user: the float32 copy then lives as short as possible.
  const nodes = graph.node.flatMap((each) => [...(before.get(each) ?? []), each]);
  return { ...model, graph: { ...graph, node: nodes, initializer } };
}

function usersOf(graph: Graph): Map<string, Node[]> {
  const users = new Map<string, Node[]>();
  for (const each of graph.node) {
    for (const name of reads(each)) users.set(name, [...(users.get(name) ?? []), each]);
  }
  return users;
}

/** The output channel axis of a weight that only convolutions use as a weight; undefined for any other tensor. */
function channelAxis(tensor: Tensor, users: readonly Node[]): number | undefined {
  if (tensor.dataType !== dataType.float || sizeOf(tensor) < MIN_WORTH) return undefined;
  const axes = users.map((user) => {
    if (user.input[1] !== tensor.name || user.input.filter((name) => name === tensor.name).length !== 1)
      return -1;
    if (user.opType === 'Conv') return 0;
    return user.opType === 'ConvTranspose' ? 1 : -1;
  });
  const [axis] = axes;
  return axis === undefined || axis < 0 || axes.some((other) => other !== axis) ? undefined : axis;
}

function sizeOf(tensor: Tensor): number {
  return tensor.dims.reduce<number>((size, dim) => size * toNumber(dim), 1);
}

function quantize(tensor: Tensor, axis: number, activation: string): Quantized {
  const { name } = tensor;
  const dims = tensor.dims.map(toNumber);
  const { scales, values } = quantizeChannels(floatsOf(tensor), dims, axis);
  const int8 = `${name}_int8`;
  const scale = `${name}_scale`;
  const batch = `${name}_batch`;
  return {
    initializer: [
      { name: int8, dims, dataType: dataType.int8, rawData: bytesOf(values) },
      { name: scale, dims: [scales.length], dataType: dataType.float, rawData: bytesOf(scales) },
    ],
    node: [
      node('Shape', batch, [activation], batch, { start: 0, end: 1 }),
      node('ConstantOfShape', `${batch}_zeros`, [batch], `${batch}_zeros`),
      node('Add', `${scale}_late`, [scale, `${batch}_zeros`], `${scale}_late`),
      node('DequantizeLinear', `${name}_dequantize`, [int8, `${scale}_late`], name, { axis }),
    ],
  };
}

/** `weights` is row-major with shape `dims`; a channel is one index of `axis`. */
export function quantizeChannels(
  weights: Float32Array,
  dims: readonly number[],
  axis: number,
): { scales: Float32Array<ArrayBuffer>; values: Int8Array<ArrayBuffer> } {
  const channels = dims[axis] ?? 1;
  const inner = dims.slice(axis + 1).reduce((size, dim) => size * dim, 1);
  const scales = new Float32Array(channels);
  const values = new Int8Array(weights.length);
  // Row-major: runs of `inner` weights belong to one channel, the channels follow each other in turn.
  for (let run = 0; run * inner < weights.length; run++) {
    const channel = run % channels;
    const peak = peakOf(weights.subarray(run * inner, (run + 1) * inner));
    scales[channel] = Math.max(scales[channel] ?? 0, peak / STEPS);
  }
  for (let run = 0; run * inner < weights.length; run++) {
    // A channel of zeros has scale 0: its values are 0 whatever they are divided by.
    const scale = scales[run % channels] || 1;
    for (let index = run * inner; index < (run + 1) * inner; index++) {
      values[index] = Math.max(-STEPS, Math.min(STEPS, Math.round((weights[index] ?? 0) / scale)));
    }
  }
  return { scales, values };
}

function peakOf(weights: Float32Array): number {
  let peak = 0;
  for (const weight of weights) peak = Math.max(peak, Math.abs(weight));
  return peak;
}

export function floatsOf(tensor: Tensor): Float32Array {
  if (tensor.rawData?.length) {
    // A copy, because a view of the file is seldom aligned to four bytes.
    return new Float32Array(new Uint8Array(tensor.rawData).buffer);
  }
  return Float32Array.from(tensor.floatData ?? []);
}

function bytesOf(array: Float32Array<ArrayBuffer> | Int8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
