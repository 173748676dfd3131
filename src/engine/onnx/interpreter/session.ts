import type { Outputs, Session } from '../families/family.ts';
import { type GraphReader, readGraph, Unrecognized } from '../kernels/graph.ts';
import { KernelMemory } from '../kernels/memory.ts';
import type { Kernels } from '../kernels/module.ts';
import { dataType, type Graph, type Node, type Tensor, toNumber } from '../prepare/model.ts';
import { floatsOf } from '../prepare/quantize.ts';
import { arithmetic } from './arithmetic.ts';
import { Buffers } from './buffers.ts';
import { multiplyMatrices, openConvolution } from './convolution.ts';
import { fuse } from './fuse.ts';
import { openFused } from './fused.ts';
import { indexing } from './indexing.ts';
import type { Operator } from './operator.ts';
import { Products } from './products.ts';
import { shaping } from './shaping.ts';
import type { Value } from './value.ts';

interface Step {
  readonly node: Node;
  readonly compute: Operator;
  /** What it reads: convolutions hold their weights themselves. */
  readonly reads: readonly string[];
}

const operators: Readonly<Record<string, Operator>> = {
  ...arithmetic,
  ...shaping,
  ...indexing,
};

/**
 * Runs a voice's encoder node by node, where ONNX Runtime would be too large: its products by the kernels, all else in JavaScript. It
 * waits for nothing, so one memory does for all who speak.
 */
export class GraphSession implements Session {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  readonly #steps: readonly Step[];
  readonly #constants: ReadonlyMap<string, Value>;
  readonly #uses: ReadonlyMap<string, number>;
  readonly #buffers = new Buffers();

  /** @throws Unrecognized for a graph with other operators */
  constructor(kernels: Kernels, graph: Graph, memory: KernelMemory = new KernelMemory(kernels)) {
    this.inputNames = graph.input.map(({ name }) => name);
    this.outputNames = graph.output.map(({ name }) => name);
    const products = new Products(kernels, memory);
    const reader = readGraph(graph);
    const known = { ...operators, ...openFused(products), MatMul: multiplyMatrices(products) };
    this.#steps = neededSteps(graph, this.outputNames, (node) => openNode(node, reader, products, known));
    const read = new Set(this.#steps.flatMap(({ reads }) => reads));
    const constants = graph.initializer.filter(({ name }) => read.has(name));
    this.#constants = new Map(constants.map((tensor) => [tensor.name, readConstant(tensor)]));
    const uses = new Map<string, number>();
    for (const name of [...this.#steps.flatMap(({ reads }) => reads), ...this.outputNames])
      uses.set(name, (uses.get(name) ?? 0) + 1);
    this.#uses = uses;
  }

  async run(feeds: Parameters<Session['run']>[0]): Promise<Outputs> {
    const values = new Map<string, Value>(this.#constants);
    for (const name of this.inputNames) {
      const feed = feeds[name];
      if (feed) values.set(name, readFeed(feed));
    }
    const left = new Map(this.#uses);
    try {
      for (const step of this.#steps) this.#run(step, values, left);
      return Object.fromEntries(
        this.outputNames.map((name) => [name, { data: values.get(name)?.data.slice() }]),
      );
    } finally {
      for (const [name, value] of values) if (!this.#constants.has(name)) this.#buffers.release(value);
      this.#buffers.forget();
    }
  }

  async release(): Promise<void> {}

  #run({ node, compute, reads }: Step, values: Map<string, Value>, left: Map<string, number>): void {
    const inputs = node.input.map((name) => values.get(name));
    for (const [index, value] of compute(inputs, node, this.#buffers).entries()) {
      this.#buffers.hold(value);
      values.set(node.output[index] ?? '', value);
    }
    for (const name of reads) {
      const uses = (left.get(name) ?? 0) - 1;
      left.set(name, uses);
      const value = values.get(name);
      if (uses > 0 || !value || this.#constants.has(name)) continue;
      values.delete(name);
      this.#buffers.release(value);
    }
  }
}

function openNode(
  node: Node,
  reader: GraphReader,
  products: Products,
  known: Readonly<Record<string, Operator>>,
): Operator {
  if (node.opType === 'Conv') return openConvolution(reader, node, products);
  const compute = known[node.opType];
  if (!compute) throw new Unrecognized(`It has a node ${node.opType}.`);
  return compute;
}

/** Nodes that the outputs need, in their order. */
function neededSteps(
  graph: Graph,
  outputs: readonly string[],
  open: (node: Node) => Operator,
): readonly Step[] {
  const wanted = new Set(outputs);
  const steps: Step[] = [];
  for (const node of fuse(graph).toReversed()) {
    if (!node.output.some((name) => wanted.has(name))) continue;
    const reads = (node.opType === 'Conv' ? node.input.slice(0, 1) : node.input).filter(
      (name) => name !== '',
    );
    for (const name of reads) wanted.add(name);
    steps.push({ node, compute: open(node), reads });
  }
  return steps.reverse();
}

/** TensorProto.DataType */
const INT64 = 7;

function readConstant(tensor: Tensor): Value {
  const dims = tensor.dims.map(toNumber);
  if (tensor.dataType === dataType.float) return { dims, data: floatsOf(tensor) };
  const bytes = new Uint8Array(tensor.rawData ?? []).buffer;
  const data = tensor.dataType === INT64 ? narrowed(new BigInt64Array(bytes)) : new Int32Array(bytes);
  return { dims, data };
}

/** What means "to the end" stays larger than any size. */
function narrowed(numbers: BigInt64Array): Int32Array {
  const most = 2n ** 31n - 1n;
  return Int32Array.from(numbers, (each) => Number(each > most ? most : each < -most ? -most : each));
}

function readFeed({ data, dims }: Parameters<Session['run']>[0][string] & object): Value {
  if (data instanceof Float32Array) return { dims, data };
  if (data instanceof BigInt64Array) return { dims, data: narrowed(data) };
  throw new TypeError('An input is of another kind.');
}
