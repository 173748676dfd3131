import type { Graph, Node } from '../prepare/model.ts';
import { expectSameLength, readConvolution } from './convolution-node.ts';
import { expectAttributes, float, type GraphReader, readGraph, rowsOf, Unrecognized } from './graph.ts';
import { type PackedConvolution, packConvolution, packPhases } from './pack-weights.ts';

/** Rows of floats, or of pairs of 16-bit integers; `frames * hop + extra` of them in a row. */
export interface Plane {
  readonly rows: number;
  readonly hop: number;
  readonly extra: number;
}

/** `from` through a leaky ReLU, as integers, by which several convolutions may go. */
export interface Quantize {
  readonly kind: 'quantize';
  readonly from: Plane;
  to: Plane;
  /** What `from` is to be multiplied by. */
  readonly scale: number;
  /** For what is negative; 1 is none. */
  readonly slope: number;
  /** Zeros before and behind: the most that one of the convolutions needs. */
  left: number;
  right: number;
  /** The least of the limits of the convolutions. */
  limit: number;
}

export interface Convolve {
  readonly kind: 'convolve';
  readonly from: Quantize | Gate;
  readonly to: Plane;
  readonly packed: PackedConvolution;
  readonly left: number;
  /** Added to the result. */
  readonly residual: Plane | undefined;
  /** The result is added to what `to` holds. */
  readonly accumulates: boolean;
}

export interface Weave {
  readonly kind: 'weave';
  readonly from: Plane;
  readonly to: Plane;
  readonly factor: number;
  readonly skip: number;
}

export interface Tanh {
  readonly kind: 'tanh';
  /** In place. */
  readonly to: Plane;
}

export type Step = Quantize | Convolve | Weave | Tanh | Gate;

/** A WaveNet's gate: the tanh of half of the rows times the sigmoid of the other half, as integers. */
export interface Gate {
  readonly kind: 'gate';
  readonly from: Plane;
  readonly to: Plane;
  readonly left: 0;
  limit: number;
}

/** A graph as steps. */
export interface Plan {
  readonly input: string;
  /** An input that says how many frames there are. */
  readonly counts?: string;
  readonly output: string;
  /** The rows of the input, one plane behind the other. */
  readonly first: readonly Plane[];
  readonly last: readonly Plane[];
  readonly steps: readonly Step[];
}

/**
 * Plans the generator of HiFi-GAN as Piper's voices have it: convolutions and transposed ones that keep or multiply the length,
 * leaky ReLUs before them, sums of branches, their mean, and a tanh at the end. How many there are, and of what size, does not matter.
 *
 * @throws Unrecognized for any other graph
 */
export function planVocoder(graph: Graph): Plan {
  const reader = readGraph(graph);
  const [input, ...others] = reader.inputs;
  if (!input || others.length > 0) throw new Unrecognized('It has several inputs.');
  const planner = new Planner(reader, input.name, { rows: rowsOf(input), hop: 1, extra: 0 });
  return { input: input.name, output: reader.output, ...planner.plan(reader.output) };
}

/** What a tensor is: a plane, and what is still to be done with it, which is left to who reads it. */
interface Activation {
  readonly plane: Plane;
  readonly scale: number;
  readonly slope: number;
}

class Planner {
  readonly #graph: GraphReader;
  readonly #steps: Step[] = [];
  readonly #activations = new Map<string, Activation>();
  readonly #quantized: Quantize[] = [];
  readonly #input: string;
  readonly #first: Plane;

  constructor(graph: GraphReader, input: string, first: Plane) {
    this.#graph = graph;
    this.#input = input;
    this.#first = first;
    this.#activations.set(input, finished(first));
  }

  plan(output: string): Pick<Plan, 'first' | 'last' | 'steps'> {
    let node = this.#graph.maker(output);
    while (node.opType === 'Unsqueeze' || node.opType === 'Identity') node = this.#graph.maker(first(node));
    if (node.opType !== 'Tanh' || this.#graph.uses(first(node)) !== 1)
      throw new Unrecognized(`It ends with ${node.opType}.`);
    const last = this.#plane(first(node));
    this.#steps.push({ kind: 'tanh', to: last });
    return { first: [this.#first], last: [last], steps: this.#steps };
  }

  #activation(name: string): Activation {
    const made = this.#activations.get(name) ?? this.#make(name);
    this.#activations.set(name, made);
    return made;
  }

  #make(name: string): Activation {
    const node = this.#graph.maker(name);
    switch (node.opType) {
      case 'Identity':
        return this.#activation(first(node));
      case 'LeakyRelu':
        return this.#rectified(node);
      case 'Div':
        return this.#divided(node);
      case 'ConvTranspose':
        return finished(this.#transposed(node));
      case 'Conv':
      case 'Add':
        return finished(this.#sum(name));
      default:
        throw new Unrecognized(`It has a node ${node.opType}.`);
    }
  }

  /** What is on its way is not undone by who comes later. */
  #plane(name: string): Plane {
    const { plane, scale, slope } = this.#activation(name);
    if (scale !== 1 || slope !== 1) throw new Unrecognized(`${name} is no sum of convolutions.`);
    return plane;
  }

  #rectified(node: Node): Activation {
    expectAttributes(node, ['alpha']);
    const from = this.#activation(first(node));
    const slope = float(node, 'alpha', 0.01);
    if (from.slope !== 1 || !(slope >= 0 && slope <= 1)) throw new Unrecognized('A leaky ReLU is unusual.');
    return { ...from, slope };
  }

  /** A leaky ReLU does not mind a positive factor. */
  #divided(node: Node): Activation {
    const [name = '', by = ''] = node.input;
    const from = this.#activation(name);
    const divisor = this.#graph.constant(by);
    if (!(divisor > 0 && Number.isFinite(divisor)))
      throw new Unrecognized('It divides by no positive number.');
    return { ...from, scale: from.scale / divisor };
  }

  /** Convolutions that only this sum reads are added to it as they are made, each with a plane that is there already. */
  #sum(name: string): Plane {
    const { convolutions, planes } = this.#terms(name, true);
    if (planes.length > convolutions.length) throw new Unrecognized(`${name} adds what is no convolution.`);
    let to: Plane | undefined;
    for (const [index, node] of convolutions.entries()) {
      const term = planes[index];
      const step = this.#convolution(node, term === undefined ? undefined : this.#plane(term), to);
      to ??= step.to;
      this.#steps.push(step);
    }
    if (!to) throw new Unrecognized(`${name} adds no convolution.`);
    return to;
  }

  #terms(name: string, isWhole = false): { convolutions: Node[]; planes: string[] } {
    const node = name === this.#input ? undefined : this.#graph.maker(name);
    const isOwn = isWhole || this.#graph.uses(name) === 1;
    if (isOwn && node?.opType === 'Conv') return { convolutions: [node], planes: [] };
    if (!isOwn || node?.opType !== 'Add') return { convolutions: [], planes: [name] };
    const terms = node.input.map((each) => this.#terms(each));
    return {
      convolutions: terms.flatMap(({ convolutions }) => convolutions),
      planes: terms.flatMap(({ planes }) => planes),
    };
  }

  #convolution(node: Node, residual: Plane | undefined, sum: Plane | undefined): Convolve {
    const convolution = readConvolution(this.#graph, node, 0);
    expectSameLength(convolution);
    const { weights, bias, dilation, left, right } = convolution;
    const [rows = 0, inputs = 0] = weights.dims;
    const packed = packConvolution(weights, bias, dilation);
    const from = this.#quantize(first(node), inputs, { left, right, limit: packed.limit });
    const to = sum ?? { rows, hop: from.from.hop, extra: 0 };
    for (const plane of [to, residual]) {
      if (plane && (plane.rows !== rows || plane.hop !== from.from.hop))
        throw new Unrecognized('It adds what is of another size.');
    }
    return { kind: 'convolve', from, to, packed, left, residual, accumulates: sum !== undefined };
  }

  #transposed(node: Node): Plane {
    const { weights, bias, dilation, stride, left: skip, right: cut } = readConvolution(this.#graph, node, 1);
    const [inputs = 0, rows = 0, size = 0] = weights.dims;
    if (dilation !== 1 || size - skip - cut !== stride)
      throw new Unrecognized('A transposed convolution does not multiply the length.');
    const packed = packPhases(weights, bias, stride);
    const around = packed.taps - 1;
    const from = this.#quantize(first(node), inputs, { left: around, right: around, limit: packed.limit });
    const { hop } = from.from;
    const phases = { rows: packed.rows, hop, extra: around };
    const to = { rows, hop: hop * stride, extra: 0 };
    const step = { from, to: phases, packed, left: around, residual: undefined, accumulates: false };
    this.#steps.push(
      { kind: 'convolve', ...step },
      { kind: 'weave', from: phases, to, factor: stride, skip },
    );
    return to;
  }

  /** Branches that begin with the same tensor share its integers. */
  #quantize(name: string, rows: number, needs: Pick<Quantize, 'left' | 'right' | 'limit'>): Quantize {
    const { plane, scale, slope } = this.#activation(name);
    if (plane.rows !== rows) throw new Unrecognized(`${name} has ${plane.rows} rows, not ${rows}.`);
    const found = this.#quantized.find(
      (each) => each.from === plane && each.scale === scale && each.slope === slope,
    );
    const left = Math.max(needs.left, found?.left ?? 0);
    const right = Math.max(needs.right, found?.right ?? 0);
    const limit = Math.min(needs.limit, found?.limit ?? needs.limit);
    const to = { rows: rows / 2, hop: plane.hop, extra: left + right };
    if (found) return Object.assign(found, { left, right, limit, to });
    const made: Quantize = { kind: 'quantize', from: plane, to, scale, slope, left, right, limit };
    this.#quantized.push(made);
    this.#steps.push(made);
    return made;
  }
}

function finished(plane: Plane): Activation {
  return { plane, scale: 1, slope: 1 };
}

function first(node: Node): string {
  return node.input[0] ?? '';
}
