import {
  dataType,
  type Graph,
  type Model,
  type Node,
  node,
  reads,
  toNumber,
  type ValueInfo,
} from './model.ts';

interface Cut {
  /** Symbols and `noise` to `durations`, `means` and `log_deviations`. */
  readonly encoder: Model;
  /** `drawn` and `frames` to `latent`. */
  readonly flow: Model;
  /** `latent` to audio. */
  readonly decoder: Model;
}

/** A place of the whole graph, and its name as an input or output of a part. */
interface Port {
  readonly name: string;
  readonly tensor: string;
  readonly dims: readonly (number | string)[];
}

/**
 * Cuts a Piper graph where it draws noise and repeats symbols for as many frames as they last, and at the vocoder's input.
 * Whoever runs the parts does the first: then one seed gives one result, durations can be scaled exactly, and the latent
 * can be decoded in windows.
 */
export function cutVoice(model: Model): Cut {
  const marks = findLandmarks(model);
  const weight = model.graph.initializer.find((tensor) => tensor.name === marks.vocoderWeight);
  const channels = toNumber(weight?.dims[1] ?? 0);
  const symbols = [1, channels, 'symbols'];
  const frames = [1, channels, 'frames'];
  const latent: Port = { name: 'latent', tensor: marks.latent, dims: frames };
  return {
    encoder: part(
      model,
      [{ name: 'noise', tensor: marks.noise, dims: [1, 2, 'symbols'] }],
      [
        { name: 'durations', tensor: marks.durations, dims: [1, 1, 'symbols'] },
        { name: 'means', tensor: marks.means, dims: symbols },
        { name: 'log_deviations', tensor: marks.logDeviations, dims: symbols },
      ],
    ),
    flow: part(
      model,
      [
        { name: 'drawn', tensor: marks.drawn, dims: frames },
        { name: 'frames', tensor: marks.frames, dims: [1] },
      ],
      [latent],
    ),
    decoder: part(model, [latent], undefined),
  };
}

function describe({ name, dims }: Port): ValueInfo {
  const dim = dims.map((size) => (typeof size === 'string' ? { dimParam: size } : { dimValue: size }));
  return { name, type: { tensorType: { elemType: dataType.float, shape: { dim } } } } as ValueInfo;
}

/** What `wanted` needs (the model's own outputs when undefined), going back no further than `given`. */
function part(model: Model, given: readonly Port[], wanted: readonly Port[] | undefined): Model {
  const { graph } = model;
  const roots = wanted?.map(({ tensor }) => tensor) ?? graph.output.map(({ name }) => name);
  const ends = new Set(given.map(({ tensor }) => tensor));
  const { nodes, names } = needed(graph, roots, ends);
  const weights = new Set(graph.initializer.map((tensor) => tensor.name));
  const input = graph.input.filter((value) => names.has(value.name) && !weights.has(value.name));
  return {
    ...model,
    graph: {
      ...graph,
      node: [
        ...given.map(({ name, tensor }) => node('Identity', `${name}_in`, [name], tensor)),
        ...graph.node.filter((each) => nodes.has(each)),
        ...(wanted ?? []).map(({ name, tensor }) => node('Identity', `${name}_out`, [tensor], name)),
      ],
      initializer: graph.initializer.filter((tensor) => names.has(tensor.name)),
      input: [...given.map(describe), ...input],
      output: wanted?.map(describe) ?? graph.output,
      valueInfo: (graph.valueInfo ?? []).filter(({ name }) => names.has(name)),
    },
  };
}

function needed(
  graph: Graph,
  roots: readonly string[],
  ends: ReadonlySet<string>,
): { nodes: Set<Node>; names: Set<string> } {
  const makers = new Map(graph.node.flatMap((each) => each.output.map((name) => [name, each] as const)));
  const nodes = new Set<Node>();
  const names = new Set<string>();
  const open = [...roots];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (names.has(name)) continue;
    names.add(name);
    const maker = ends.has(name) ? undefined : makers.get(name);
    if (!maker || nodes.has(maker)) continue;
    nodes.add(maker);
    open.push(...reads(maker));
  }
  return { nodes, names };
}

/** Names of the tensors at which a Piper (VITS) graph is cut. Symbols are phonemes, marks and the pads between. */
interface Landmarks {
  /** Scaled noise of the duration predictor: float32 [1, 2, symbols]. */
  readonly noise: string;
  /** Frames of every symbol at length scale 1, not rounded: float32 [1, 1, symbols]. */
  readonly durations: string;
  /** Of the latent of every symbol: float32 [1, channels, symbols]. */
  readonly means: string;
  readonly logDeviations: string;
  /** What was drawn from them: float32 [1, channels, frames]. */
  readonly drawn: string;
  /** How many frames there are: float32 [1]. */
  readonly frames: string;
  /** The vocoder's input: float32 [1, channels, frames]. */
  readonly latent: string;
  /** The first convolution of the vocoder reads it. */
  readonly vocoderWeight: string;
}

/** The first convolution of the vocoder (HiFi-GAN generator of VITS): its input is the latent. */
const firstOfVocoder = /^dec\.conv_pre\.weight/;
const scales = 'scales';

/**
 * Finds them by what VITS computes (`SynthesizerTrn.infer` of github.com/jaywalnut310/vits), because names differ between
 * exports. @throws Error when the graph is of another kind
 */
function findLandmarks({ graph }: Model): Landmarks {
  const vocoder = only(graph, (node) => node.opType === 'Conv' && firstOfVocoder.test(node.input[1] ?? ''));
  const walk = walker(graph);
  const ceil = only(graph, ({ opType }) => opType === 'Ceil');
  const sum = walk.user('ReduceSum', ceil.output[0]);
  const [durationNoise, latentNoise] = noises(graph, ceil);
  const stretched = walk.maker('Mul', ceil.input[0]);
  const expanded = latentNoise.input[0] ?? '';
  const deviated = walk.user('Mul', latentNoise.output[0]);
  const exponent = walk.maker('Exp', other(deviated, latentNoise.output[0]));
  return {
    noise: first(walk.user('Mul', durationNoise.output[0]).output),
    durations: first(stretched.input.filter((name) => !walk.isScale(name))),
    means: walk.unexpanded(expanded),
    logDeviations: walk.unexpanded(exponent.input[0]),
    drawn: first(walk.user('Add', expanded).output),
    frames: first(walk.user('Clip', sum.output[0]).output),
    latent: first(vocoder.input),
    vocoderWeight: vocoder.input[1] ?? '',
  };
}

function notPiper(what: string): Error {
  return new Error(`not a Piper graph: ${what}`);
}

function first(names: readonly string[]): string {
  const [name] = names;
  if (name === undefined) throw notPiper('a node has no tensor');
  return name;
}

function other(node: Node, name: string | undefined): string {
  return first(node.input.filter((each) => each !== name));
}

function only(graph: Graph, is: (node: Node) => boolean): Node {
  const [node] = graph.node.filter(is);
  if (!node) throw notPiper('it has no vocoder or no durations');
  return node;
}

/** Nodes are in the order in which they run: the durations' noise is drawn before they are rounded up. */
function noises(graph: Graph, ceil: Node): readonly [Node, Node] {
  const drawing = graph.node.filter(({ opType }) => opType === 'RandomNormalLike');
  const [before, after] = drawing;
  const order = [before, ceil, after].map((node) => (node ? graph.node.indexOf(node) : -1));
  const sorted = order.every((at, index) => at > (order[index - 1] ?? -1));
  if (!before || !after || drawing.length !== 2 || !sorted) throw notPiper('it draws other noise');
  return [before, after];
}

function walker(graph: Graph) {
  const makers = new Map(graph.node.flatMap((node) => node.output.map((name) => [name, node] as const)));
  const maker = (opType: string, name: string | undefined): Node => {
    const node = makers.get(name ?? '');
    if (node?.opType !== opType) throw notPiper(`${name} is made by ${node?.opType}, not ${opType}`);
    return node;
  };
  return {
    maker,
    user(opType: string, name: string | undefined): Node {
      const node = graph.node.find((each) => each.opType === opType && each.input.includes(name ?? ''));
      if (!node) throw notPiper(`no ${opType} reads ${name}`);
      return node;
    },
    isScale(name: string): boolean {
      const node = makers.get(name);
      return node?.opType === 'Gather' && node.input[0] === scales;
    },
    /** What was repeated frame by frame: transposed, multiplied by the alignment, transposed back. */
    unexpanded(name: string | undefined): string {
      const product = maker('MatMul', first(maker('Transpose', name).input));
      return first(maker('Transpose', product.input[1]).input);
    },
  };
}
