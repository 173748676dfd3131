import { dataType, type Graph, type Model, type Node, reads, toNumber, type ValueInfo } from './model.ts';

/** The first convolution of the vocoder (HiFi-GAN generator of VITS): its input is the latent. */
const vocoderWeight = /^dec\.conv_pre\.weight/;

interface Cut {
  /** Text to latent: float32 [1, channels, frames]. */
  readonly encoder: Model;
  /** Latent to audio. */
  readonly decoder: Model;
}

/** Cuts a Piper graph at the vocoder's input, so that the latent can be decoded in windows. */
export function cutAtVocoder(model: Model): Cut {
  const { graph } = model;
  const first = graph.node.find((node) => node.opType === 'Conv' && vocoderWeight.test(node.input[1] ?? ''));
  const latent = first?.input[0];
  if (latent === undefined) throw new Error('not a Piper graph: it has no dec.conv_pre');
  const weight = graph.initializer.find((tensor) => tensor.name === first?.input[1]);
  const channels = toNumber(weight?.dims[1] ?? 0);
  const value = latentInfo(latent, channels);
  return {
    encoder: part(model, [latent], undefined, [value]),
    decoder: part(
      model,
      graph.output.map((output) => output.name),
      value,
      graph.output,
    ),
  };
}

function latentInfo(name: string, channels: number): ValueInfo {
  const dim = [{ dimValue: 1 }, { dimValue: channels }, { dimParam: 'frames' }];
  return { name, type: { tensorType: { elemType: dataType.float, shape: { dim } } } } as ValueInfo;
}

/** The part of the graph that `roots` need, going back no further than `given`. */
function part(
  model: Model,
  roots: readonly string[],
  given: ValueInfo | undefined,
  output: readonly ValueInfo[],
): Model {
  const { graph } = model;
  const { nodes, names } = needed(graph, roots, given?.name);
  const weights = new Set(graph.initializer.map((tensor) => tensor.name));
  const input = graph.input.filter((value) => names.has(value.name) && !weights.has(value.name));
  return {
    ...model,
    graph: {
      ...graph,
      node: graph.node.filter((node) => nodes.has(node)),
      initializer: graph.initializer.filter((tensor) => names.has(tensor.name)),
      input: given ? [given, ...input] : input,
      output,
      valueInfo: (graph.valueInfo ?? []).filter(
        (value) => names.has(value.name) && value.name !== given?.name,
      ),
    },
  };
}

function needed(
  graph: Graph,
  roots: readonly string[],
  given: string | undefined,
): { nodes: Set<Node>; names: Set<string> } {
  const makers = new Map(graph.node.flatMap((node) => node.output.map((name) => [name, node] as const)));
  const nodes = new Set<Node>();
  const names = new Set<string>();
  const open = [...roots];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (names.has(name)) continue;
    names.add(name);
    const maker = name === given ? undefined : makers.get(name);
    if (!maker || nodes.has(maker)) continue;
    nodes.add(maker);
    open.push(...reads(maker));
  }
  return { nodes, names };
}
