import { type Graph, type Model, type Node, node, opset, reads, toNumber } from './model.ts';

/** Shape with start and end needs 15. */
const NEEDED_OPSET = 15;

/** One convolution of integers with all that makes its result float32, as ONNX Runtime's dynamic quantisation writes it. */
interface Found {
  readonly convolution: Node;
  /** The float32 activation. */
  readonly activation: string;
  /** The scale of the weights, one for all channels. */
  readonly scale: string;
  readonly bias: string | undefined;
  /** The node whose output is the float32 result. */
  readonly last: Node;
  readonly between: readonly Node[];
}

/**
 * Convolutions of 8-bit integers (DynamicQuantizeLinear, ConvInteger, Cast, Mul) as convolutions of float32 with the same
 * weights, which stay int8 in the file and are made float32 right before they are used (see `quantizeConvolutions`). ONNX Runtime
 * has no fast kernel for ConvInteger on CPUs: Kokoro takes a third less time so (onnxruntime-node 1.30.0), and its activations
 * are no longer rounded. Integer kernels of WebAssembly are quicker than its float ones: there the graph is best as it is.
 */
export function floatConvolutions(model: Model): Model {
  if (opset(model) < NEEDED_OPSET) return model;
  const { graph } = model;
  const links = linksOf(graph);
  const replaced = new Map<Node, Node[]>();
  for (const convolution of graph.node) {
    const found = convolution.opType === 'ConvInteger' ? find(convolution, links) : undefined;
    if (!found) continue;
    for (const gone of found.between) replaced.set(gone, []);
    replaced.set(found.last, inFloats(found));
  }
  const nodes = withoutUnread(
    graph.node.flatMap((each) => replaced.get(each) ?? [each]),
    graph.output.map(({ name }) => name),
  );
  const read = new Set(nodes.flatMap(reads));
  const initializer = graph.initializer.filter(({ name }) => read.has(name));
  return { ...model, graph: { ...graph, node: nodes, initializer } };
}

interface Links {
  maker(name: string | undefined): Node | undefined;
  /** The only node that reads `name`; undefined where there are none or several. */
  reader(name: string | undefined): Node | undefined;
  isWeight(name: string | undefined): boolean;
  /** A weight of one number. */
  isScalar(name: string | undefined): boolean;
}

function linksOf({ node: nodes, initializer, output }: Graph): Links {
  const makers = new Map(nodes.flatMap((each) => each.output.map((name) => [name, each] as const)));
  const readers = new Map<string, Node[]>();
  for (const each of nodes) {
    for (const name of reads(each)) readers.set(name, [...(readers.get(name) ?? []), each]);
  }
  const weights = new Map(initializer.map(({ name, dims }) => [name, dims]));
  const results = new Set(output.map(({ name }) => name));
  return {
    maker: (name = '') => makers.get(name),
    reader(name = '') {
      const [only, ...others] = readers.get(name) ?? [];
      return others.length === 0 && !results.has(name) ? only : undefined;
    },
    isWeight: (name = '') => weights.has(name),
    isScalar: (name = '') => weights.get(name)?.every((size) => toNumber(size) === 1) ?? false,
  };
}

/** Undefined where the nodes around it are others than expected. */
function find(convolution: Node, links: Links): Found | undefined {
  const quantize = links.maker(convolution.input[0]);
  const [activation] = quantize?.input ?? [];
  if (quantize?.opType !== 'DynamicQuantizeLinear' || !activation || !links.isWeight(convolution.input[1]))
    return undefined;
  let next = links.reader(convolution.output[0]);
  const between = [convolution];
  let bias: string | undefined;
  if (next?.opType === 'Add') {
    bias = biasOf(other(next, convolution.output[0]), links);
    if (bias === undefined) return undefined;
    between.push(next);
    next = links.reader(next.output[0]);
  }
  const last = links.reader(next?.output[0]);
  if (next?.opType !== 'Cast' || last?.opType !== 'Mul') return undefined;
  between.push(next);
  const scales = links.maker(other(last, next.output[0]));
  const scale = scales?.opType === 'Mul' ? other(scales, quantize.output[1]) : undefined;
  if (scale === undefined || !links.isScalar(scale)) return undefined; // one for each channel is read along an axis
  return { convolution, activation, scale, bias, last, between };
}

/** The float32 bias that was divided by the scales, rounded and shaped. */
function biasOf(name: string | undefined, links: Links): string | undefined {
  let maker = links.maker(name);
  while (maker && maker.opType !== 'Div') maker = links.maker(maker.input[0]);
  const [bias] = maker?.input ?? [];
  return links.isWeight(bias) ? bias : undefined;
}

function other({ input }: Node, name: string | undefined): string | undefined {
  return input.find((each) => each !== name);
}

function inFloats({ convolution, activation, scale, bias, last }: Found): Node[] {
  const [, weights = '', , zero] = convolution.input;
  const name = `${convolution.output[0]}_float`;
  const batch = `${name}_batch`;
  const dequantize = [weights, `${name}_scale`, ...(zero ? [zero] : [])];
  return [
    node('Shape', batch, [activation], batch, { start: 0, end: 1 }),
    node('ConstantOfShape', `${name}_zeros`, [batch], `${name}_zeros`),
    node('Add', `${name}_late`, [scale, `${name}_zeros`], `${name}_late`),
    node('Squeeze', `${name}_scale`, [`${name}_late`], `${name}_scale`),
    node('DequantizeLinear', `${name}_weights`, dequantize, `${name}_weights`),
    {
      ...node('Conv', name, [activation, `${name}_weights`, ...(bias ? [bias] : [])], last.output[0] ?? ''),
      attribute: convolution.attribute ?? [],
    },
  ];
}

/** Without the nodes whose outputs nobody reads, nor the outputs of those. */
function withoutUnread(nodes: readonly Node[], results: readonly string[]): readonly Node[] {
  const read = new Set([...nodes.flatMap(reads), ...results]);
  const kept = nodes.filter((each) => each.output.some((name) => read.has(name)));
  return kept.length === nodes.length ? kept : withoutUnread(kept, results);
}
