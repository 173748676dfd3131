/** A small graph as Piper's encoders have it: channels are normalised, and a GELU follows, both written out. */
import { encodeModel, type Model, type Node, node } from '../../../src/engine/onnx/prepare/model.ts';
import { scalar, value, weights } from './tiny-graph.ts';

export const normChannels = 24;

const float = 1;

/** Channels become columns. */
function swap(from: string, to: string): Node {
  return { ...node('Transpose', to, [from], to), attribute: [{ name: 'perm', type: 7, ints: [0, 2, 1] }] };
}

function mean(from: string, to: string): Node {
  const attribute = [{ name: 'axes', type: 7, ints: [-1] }];
  return { ...node('ReduceMean', to, [from], to), attribute };
}

/** @param change of the nodes, for graphs that are nearly so */
export function normalized(change: (nodes: readonly Node[]) => readonly Node[] = (nodes) => nodes): Model {
  const made = (opType: string, input: readonly string[], output: string): Node =>
    node(opType, output, input, output);
  const nodes = [
    swap('x', 'columns'),
    mean('columns', 'mean'),
    made('Sub', ['columns', 'mean'], 'centred'),
    made('Pow', ['centred', 'two'], 'squares'),
    mean('squares', 'variance'),
    made('Add', ['variance', 'epsilon'], 'raised'),
    made('Sqrt', ['raised'], 'deviation'),
    made('Div', ['centred', 'deviation'], 'even'),
    made('Mul', ['even', 'gains'], 'scaled'),
    made('Add', ['scaled', 'offsets'], 'shifted'),
    swap('shifted', 'normal'),
    made('Div', ['normal', 'root'], 'share'),
    made('Erf', ['share'], 'error'),
    made('Add', ['error', 'one'], 'likely'),
    made('Mul', ['normal', 'likely'], 'weighed'),
    made('Mul', ['weighed', 'half'], 'y'),
  ];
  return {
    irVersion: 8,
    opsetImport: [{ domain: '', version: 15 }],
    graph: {
      name: 'normalized',
      node: change(nodes),
      initializer: [
        scalar('two', 2),
        scalar('one', 1),
        scalar('half', 0.5),
        scalar('root', Math.SQRT2),
        scalar('epsilon', 1e-5),
        weights('gains', [normChannels], 2),
        weights('offsets', [normChannels], 3),
      ],
      input: [value('x', float, [1, normChannels, 'columns'])],
      output: [value('y', float, [1, normChannels, 'columns'])],
    },
  } as Model;
}

/** In a buffer of their own, as a file is. */
export const normalizedBytes = (...change: Parameters<typeof normalized>): Uint8Array<ArrayBuffer> =>
  new Uint8Array(encodeModel(normalized(...change)));
