import { findLandmarks } from './landmarks.ts';
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
