import { type Graph, type Model, type Node, node, type Tensor, toNumber } from './model.ts';

/** TensorProto.DataType of onnx.proto. */
const float = 1;
const int64 = 7;

const truths: ReadonlySet<string> = new Set([
  'And',
  'Equal',
  'Greater',
  'GreaterOrEqual',
  'Less',
  'LessOrEqual',
  'Not',
  'Or',
  'Xor',
]);
const movers: ReadonlySet<string> = new Set(['Reshape', 'Slice', 'Squeeze', 'Transpose', 'Unsqueeze']);

/** Scalars that the replacements read, by name. */
const constants = {
  zero: { name: 'cast_zero', dataType: float, values: Float32Array.of(0) },
  one: { name: 'cast_one', dataType: float, values: Float32Array.of(1) },
  zeroCount: { name: 'cast_zero_count', dataType: int64, values: BigInt64Array.of(0n) },
  oneCount: { name: 'cast_one_count', dataType: int64, values: BigInt64Array.of(1n) },
  oneDimension: { name: 'cast_one_dimension', dataType: int64, values: BigInt64Array.of(1n), dims: [1] },
} as const;

/**
 * Writes the casts of a Piper graph as other operators with the same result; a cast of any other kind stays.
 *
 * ONNX Runtime compiles Cast for all types into one WebAssembly function of 490 kB. Once it is warm V8 optimises it, which
 * takes 284 MB and a second of a core: with no Cast left a process that speaks peaks at 265 MB instead of 462 to 538 MB
 * (onnxruntime-web 1.30.0, Node 24, `node --trace-wasm-compilation-times`).
 */
export function replaceCasts(model: Model): Model {
  const { graph } = model;
  const makers = new Map(graph.node.flatMap((each) => each.output.map((name) => [name, each] as const)));
  const nodes = graph.node.flatMap((each) =>
    each.opType === 'Cast' ? (replace(each, graph, makers) ?? [each]) : [each],
  );
  const read = new Set(nodes.flatMap((each) => each.input));
  const added = Object.values(constants)
    .filter(({ name }) => read.has(name))
    .map(scalar);
  return { ...model, graph: { ...graph, node: nodes, initializer: [...graph.initializer, ...added] } };
}

type Makers = ReadonlyMap<string, Node>;

function replace(cast: Node, graph: Graph, makers: Makers): Node[] | undefined {
  const [from = ''] = cast.input;
  const [to = ''] = cast.output;
  const wanted = toNumber(cast.attribute?.find(({ name }) => name === 'to')?.i ?? 0);
  if (wanted !== float && wanted !== int64) return undefined;
  if (isTruth(from, makers)) {
    const { zero, one, zeroCount, oneCount } = constants;
    const [no, yes] = wanted === float ? [zero, one] : [zeroCount, oneCount];
    return [node('Where', `${to}_where`, [from, yes.name, no.name], to)];
  }
  if (wanted === float && isDimension(from, graph, makers)) return countToFloat(from, to);
  if (wanted === int64 && isLength(from, makers)) return floatToCount(from, to);
  return undefined;
}

function isTruth(name: string, makers: Makers): boolean {
  const maker = makers.get(name);
  if (!maker) return false;
  return truths.has(maker.opType) || (movers.has(maker.opType) && isTruth(maker.input[0] ?? '', makers));
}

/** One dimension of a shape, as a scalar. */
function isDimension(name: string, graph: Graph, makers: Makers): boolean {
  const gather = makers.get(name);
  if (gather?.opType !== 'Gather' || makers.get(gather.input[0] ?? '')?.opType !== 'Shape') return false;
  return graph.initializer.some((tensor) => tensor.name === gather.input[1] && tensor.dims.length === 0);
}

/** The number of frames, never negative: VITS' `clamp_min(sum(durations), 1)` for its one utterance. */
function isLength(name: string, makers: Makers): boolean {
  const clip = makers.get(name);
  return clip?.opType === 'Clip' && makers.get(clip.input[0] ?? '')?.opType === 'ReduceSum';
}

/** n as the sum of n ones. */
function countToFloat(from: string, to: string): Node[] {
  const { oneDimension, one } = constants;
  return [
    node('Reshape', `${to}_shape`, [from, oneDimension.name], `${to}_shape`),
    node('ConstantOfShape', `${to}_zeros`, [`${to}_shape`], `${to}_zeros`),
    node('Add', `${to}_ones`, [`${to}_zeros`, one.name], `${to}_ones`),
    node('ReduceSum', `${to}_sum`, [`${to}_ones`], to, { keepdims: 0 }),
  ];
}

/** n, rounded down, as the length of 0, 1 ... n - 1. */
function floatToCount(from: string, to: string): Node[] {
  const { zero, one } = constants;
  return [
    node('Squeeze', `${to}_scalar`, [from], `${to}_scalar`),
    node('Floor', `${to}_floor`, [`${to}_scalar`], `${to}_floor`),
    node('Range', `${to}_range`, [zero.name, `${to}_floor`, one.name], `${to}_range`),
    node('Shape', `${to}_length`, [`${to}_range`], to),
  ];
}

function scalar(constant: (typeof constants)[keyof typeof constants]): Tensor {
  const { name, dataType, values } = constant;
  const dims = 'dims' in constant ? constant.dims : [];
  return { name, dims, dataType, rawData: new Uint8Array(values.buffer) };
}
