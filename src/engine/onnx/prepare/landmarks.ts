import type { Graph, Model, Node } from './model.ts';

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
export function findLandmarks({ graph }: Model): Landmarks {
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
