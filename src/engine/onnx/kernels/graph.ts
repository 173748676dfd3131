import {
  dataType,
  type Graph,
  type Int64,
  type Node,
  type Tensor,
  toNumber,
  type ValueInfo,
} from '../prepare/model.ts';
import { floatsOf } from '../prepare/quantize.ts';

/** The graph is none that the kernels compute. */
export class Unrecognized extends Error {}

/** Weights as whole numbers with a scale for each channel of `axis`, or as they are, in the order of `dims`. */
export interface Weights {
  readonly dims: readonly number[];
  readonly values: Int8Array | Float32Array;
  /** None: the values are the weights. */
  readonly scales?: Float32Array;
}

/** Looks things up in a graph, and throws `Unrecognized` where it is not as expected. */
export interface GraphReader {
  readonly inputs: readonly ValueInfo[];
  /** The only one. */
  readonly output: string;
  maker(name: string): Node;
  /** How many nodes read it, those aside that make weights. */
  uses(name: string): number;
  /** A number for all elements. */
  constant(name: string): number;
  floats(name: string): Float32Array;
  /** Of 64 bits, as those that say where a slice begins. */
  wholeNumbers(name: string): readonly number[];
  /** @param axis along which scales are */
  weights(name: string, axis: number): Weights;
}

export function readGraph(graph: Graph): GraphReader {
  const makers = new Map(graph.node.flatMap((node) => node.output.map((name) => [name, node] as const)));
  const tensors = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]));
  const uses = new Map<string, number>();
  for (const node of graph.node) {
    if (node.opType === 'Shape') continue; // keeps weights from being made early (quantize.ts)
    for (const name of node.input) uses.set(name, (uses.get(name) ?? 0) + 1);
  }
  const tensor = (name: string): Tensor => {
    const found = tensors.get(name);
    if (!found) throw new Unrecognized(`${name} is no constant.`);
    return found;
  };
  const floats = (name: string): Float32Array => {
    const found = tensor(name);
    if (found.dataType !== dataType.float) throw new Unrecognized(`${name} is not of floats.`);
    return floatsOf(found);
  };
  const isMade = (opType: string, name: string): Node | undefined => {
    const node = makers.get(name);
    return node?.opType === opType ? node : undefined;
  };
  /** What `quantizeConvolutions` writes: the scales, to which zeros are added. */
  const scalesOf = (name: string): Float32Array => {
    const [scales = '', zeros = ''] = isMade('Add', name)?.input ?? [];
    const made = isMade('ConstantOfShape', zeros);
    if (!made || made.attribute?.length || !isMade('Shape', made.input[0] ?? ''))
      throw new Unrecognized(`${name} is no scale.`);
    return floats(scales);
  };
  return {
    inputs: graph.input,
    get output() {
      const [output, ...others] = graph.output;
      if (!output || others.length > 0) throw new Unrecognized('It has several outputs.');
      return output.name;
    },
    maker(name) {
      const node = makers.get(name);
      if (!node) throw new Unrecognized(`Nothing makes ${name}.`);
      return node;
    },
    uses: (name) => uses.get(name) ?? 0,
    constant(name) {
      const made = isMade('Constant', name);
      const values = made ? floatsOf(tensorOf(made)) : floats(name);
      if (values.length !== 1) throw new Unrecognized(`${name} is not one number.`);
      return values[0] ?? Number.NaN;
    },
    floats,
    wholeNumbers(name) {
      const { dataType: type, rawData } = tensor(name);
      if (type !== INT64 || !rawData) throw new Unrecognized(`${name} is not of whole numbers.`);
      return [...new BigInt64Array(new Uint8Array(rawData).buffer)].map(Number);
    },
    weights(name, axis) {
      const made = isMade('DequantizeLinear', name);
      if (!made) return { dims: dimsOf(tensor(name)), values: floats(name) };
      const [values = '', scale = '', ...others] = made.input;
      const { dims, dataType: type, rawData } = tensor(values);
      if (others.length > 0 || type !== dataType.int8 || !rawData || integer(made, 'axis', 1) !== axis)
        throw new Unrecognized(`${name} is quantised otherwise.`);
      const bytes = new Int8Array(rawData.buffer, rawData.byteOffset, rawData.byteLength);
      return { dims: dims.map(toNumber), values: bytes, scales: scalesOf(scale) };
    },
  };
}

export function integer(node: Node, name: string, otherwise: number): number {
  const value = attribute(node, name)?.i;
  return value === undefined ? otherwise : toNumber(value);
}

export function float(node: Node, name: string, otherwise: number): number {
  return attribute(node, name)?.f ?? otherwise;
}

export function integers(node: Node, name: string, otherwise: readonly number[]): readonly number[] {
  return attribute(node, name)?.ints?.map(toNumber) ?? otherwise;
}

/** @throws Unrecognized when the node has others than these */
export function expectAttributes(node: Node, names: readonly string[]): void {
  const other = node.attribute?.find(({ name }) => !names.includes(name));
  if (other) throw new Unrecognized(`${node.opType} has the attribute ${other.name}.`);
}

export function attribute(node: Node, name: string) {
  return node.attribute?.find((each) => each.name === name);
}

function tensorOf(constant: Node): Tensor {
  const value = attribute(constant, 'value')?.t;
  if (value?.dataType !== dataType.float) throw new Unrecognized('A constant is not of floats.');
  return value;
}

function dimsOf({ dims }: Tensor): number[] {
  return dims.map(toNumber);
}

/** TensorProto.DataType of onnx.proto. */
const INT64 = 7;

/** Of an input [1, rows, frames]. */
export function rowsOf(input: ValueInfo | undefined): number {
  const { type } = (input ?? {}) as {
    type?: { tensorType?: { elemType?: number; shape?: { dim?: { dimValue?: Int64 | null }[] } } };
  };
  const dims = type?.tensorType?.shape?.dim ?? [];
  const [, rows] = dims;
  const known = rows?.dimValue ? toNumber(rows.dimValue) : 0;
  if (type?.tensorType?.elemType !== dataType.float || dims.length !== 3 || known === 0)
    throw new Unrecognized('Its input is not of rows of floats.');
  return known;
}
