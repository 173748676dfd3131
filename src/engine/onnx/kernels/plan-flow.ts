import type { Graph, Node } from '../prepare/model.ts';
import { expectSameLength, readConvolution } from './convolution-node.ts';
import { expectMask, expectZeros } from './frame-mask.ts';
import { type GraphReader, integer, readGraph, rowsOf, Unrecognized } from './graph.ts';
import { packConvolution } from './pack-weights.ts';
import type { Gate, Plan, Plane, Quantize, Step } from './plan.ts';
import { selectRows } from './select-rows.ts';

/** Rows that are there; `isReversed` where the first one is the tensor's last. */
interface Rows {
  readonly kind: 'rows';
  readonly plane: Plane;
  readonly isReversed: boolean;
}

/** Rows of a convolution that is computed when it is known what it is added to. */
interface Pending {
  readonly kind: 'pending';
  readonly node: Node;
  readonly from: number;
  readonly count: number;
}

/** A half of what a gate reads, through its nonlinearity. */
interface HalfGate {
  readonly kind: 'Tanh' | 'Sigmoid';
  readonly of: Pending;
}

/** What a tensor is. */
type Known =
  | Rows
  | Pending
  | HalfGate
  | { readonly kind: 'gated'; readonly gate: Gate }
  /** The latent: flips turn and swap its halves, which nothing needs to be moved for. */
  | { readonly kind: 'halves'; readonly low: Rows; readonly high: Rows }
  | { readonly kind: 'number'; readonly value: 0 | 1 };

/**
 * Plans the flow of VITS as Piper's voices have it: coupling layers, each a WaveNet that reads one half of the latent and is taken from
 * the other one, and flips between them. All frames count, so what masks others away is 1.
 *
 * @throws Unrecognized for any other graph
 */
export function planFlow(graph: Graph): Plan {
  const reader = readGraph(graph);
  const [drawn, frames, ...others] = reader.inputs;
  if (!drawn || !frames || others.length > 0) throw new Unrecognized('It has other inputs.');
  const planner = new FlowPlanner(reader, drawn.name, frames.name, rowsOf(drawn));
  return { input: drawn.name, counts: frames.name, output: reader.output, ...planner.plan(reader.output) };
}

class FlowPlanner {
  readonly #graph: GraphReader;
  readonly #steps: Step[] = [];
  readonly #known = new Map<string, Known>();
  /** By the first output of a convolution and what rows of it. */
  readonly #computed = new Map<string, Rows>();
  /** Of which only the sum is there. */
  readonly #added = new Set<string>();
  readonly #quantized = new Map<Plane, Quantize>();
  readonly #first: readonly [Plane, Plane];
  readonly #frames: string;

  constructor(graph: GraphReader, drawn: string, frames: string, rows: number) {
    this.#graph = graph;
    this.#frames = frames;
    if (rows % 2 !== 0) throw new Unrecognized('It has an odd number of rows.');
    this.#first = [planeOf(rows / 2), planeOf(rows / 2)];
    const [low, high] = this.#first.map((plane) => rowsIn(plane));
    if (low && high) this.#known.set(drawn, { kind: 'halves', low, high });
  }

  plan(output: string): Pick<Plan, 'first' | 'last' | 'steps'> {
    const end = this.#know(output);
    if (end.kind !== 'halves' || end.low.isReversed || end.high.isReversed)
      throw new Unrecognized('Its flips do not make up for each other.');
    return { first: this.#first, last: [end.low.plane, end.high.plane], steps: this.#steps };
  }

  #know(name: string): Known {
    const known = this.#known.get(name) ?? this.#make(name);
    this.#known.set(name, known);
    return known;
  }

  #make(name: string): Known {
    const node = this.#graph.maker(name);
    const [a = '', b = ''] = node.input;
    switch (node.opType) {
      case 'Identity':
        return this.#know(a);
      case 'Conv':
        return { kind: 'pending', node, from: 0, count: this.#graph.weights(b, 0).dims[0] ?? 0 };
      case 'Mul':
        return this.#product(a, b);
      case 'Add':
        return this.#sum(a, b);
      case 'Sub':
        return this.#compute(this.#pending(b), { onto: this.#rows(this.#know(a)), sign: -1 });
      case 'Slice':
        return this.#slice(node);
      case 'Split':
        return this.#half(node, name);
      case 'Concat':
        if (node.input.length !== 2 || integer(node, 'axis', -1) !== 1)
          throw new Unrecognized('It joins otherwise.');
        return { kind: 'halves', low: this.#rows(this.#know(a)), high: this.#rows(this.#know(b)) };
      case 'Tanh':
      case 'Sigmoid':
        return { kind: node.opType, of: this.#pending(a) };
      case 'ConstantOfShape':
        expectZeros(this.#graph, node);
        return { kind: 'number', value: 0 };
      case 'Neg':
      case 'Exp':
        if (!this.#isNumber(a, 0)) throw new Unrecognized(`It has a node ${node.opType}.`);
        return { kind: 'number', value: node.opType === 'Neg' ? 0 : 1 };
      case 'Where':
        expectMask(this.#graph, node, this.#frames);
        return { kind: 'number', value: 1 };
      default:
        throw new Unrecognized(`It has a node ${node.opType}.`);
    }
  }

  #isNumber(name: string, value: number): boolean {
    const known = this.#know(name);
    return known.kind === 'number' && known.value === value;
  }

  #pending(name: string): Pending {
    const known = this.#know(name);
    if (known.kind !== 'pending') throw new Unrecognized(`${name} is no convolution.`);
    return known;
  }

  #rows(known: Known): Rows {
    if (known.kind === 'rows') return known;
    if (known.kind !== 'pending') throw new Unrecognized('It reads what is not computed.');
    return this.#compute(known);
  }

  #product(a: string, b: string): Known {
    const [left, right] = [this.#know(a), this.#know(b)];
    if (left.kind === 'Tanh' && right.kind === 'Sigmoid') return this.#gate(left, right);
    if (right.kind === 'number' && right.value === 1) return left;
    throw new Unrecognized('It has another product.');
  }

  #gate({ of: first }: HalfGate, { of: second }: HalfGate): Known {
    const { node, count } = first;
    const isWhole = first.from === 0 && second.from === count && second.count === count;
    if (node !== second.node || !isWhole) throw new Unrecognized('A gate has other halves.');
    const from = this.#compute({ kind: 'pending', node, from: 0, count: 2 * count }).plane;
    const gate: Gate = { kind: 'gate', from, to: planeOf(count / 2), left: 0, limit: MOST_INT16 };
    this.#steps.push(gate);
    return { kind: 'gated', gate };
  }

  #sum(a: string, b: string): Known {
    if (this.#isNumber(a, 0)) return this.#know(b);
    if (this.#isNumber(b, 0)) return this.#know(a);
    return this.#compute(this.#pending(b), { onto: this.#rows(this.#know(a)), sign: 1 });
  }

  /** Rows of a convolution, or all rows backwards. */
  #slice(node: Node): Known {
    const [of = '', ...parameters] = node.input;
    const [start, end, axis, step] = parameters.map((name) => {
      const [number, ...others] = this.#graph.wholeNumbers(name);
      if (others.length > 0) throw new Unrecognized('It is sliced along several axes.');
      return number;
    });
    if (start === undefined || end === undefined || axis !== 1)
      throw new Unrecognized('It is sliced along time.');
    const known = this.#know(of);
    if (known.kind === 'pending' && (step ?? 1) === 1 && start >= 0) {
      const count = Math.min(end, known.count) - start;
      if (count <= 0) throw new Unrecognized('A slice is empty.');
      return { ...known, from: known.from + start, count };
    }
    if (known.kind !== 'halves' || step !== -1 || start !== -1 || end > -Number.MAX_SAFE_INTEGER)
      throw new Unrecognized('It is sliced otherwise.');
    return { kind: 'halves', low: turned(known.high), high: turned(known.low) };
  }

  #half(node: Node, name: string): Known {
    const [of = '', sizes = ''] = node.input;
    const known = this.#know(of);
    const [rows] = this.#first.map((plane) => plane.rows);
    const isHalved = this.#graph.wholeNumbers(sizes).join() === `${rows},${rows}`;
    if (known.kind !== 'halves' || !isHalved || integer(node, 'axis', 0) !== 1)
      throw new Unrecognized('It is split otherwise.');
    return node.output[0] === name ? known.low : known.high;
  }

  #compute(pending: Pending, added?: { readonly onto: Rows; readonly sign: 1 | -1 }): Rows {
    const { node, from, count } = pending;
    const key = `${node.output[0]} ${from} ${count}`;
    const there = this.#computed.get(key);
    if (this.#added.has(key) || (there && added)) throw new Unrecognized('A convolution is read twice.');
    if (there) return there;
    const convolution = readConvolution(this.#graph, node, 0);
    expectSameLength(convolution);
    const { left, right, dilation } = convolution;
    const read = this.#know(convolution.input);
    const isReversed = added?.onto.isReversed ?? false;
    const selected = selectRows(convolution.weights, convolution.bias, {
      from,
      count,
      isReversed,
      readsReversed: read.kind === 'rows' && read.isReversed,
      sign: added?.sign ?? 1,
    });
    const packed = packConvolution(selected.weights, selected.bias, dilation);
    const [, inputs = 0] = convolution.weights.dims;
    const source = this.#integers(read, inputs, { left, right, limit: packed.limit });
    if (added && added.onto.plane.rows !== count) throw new Unrecognized('It adds what is of another size.');
    const to = planeOf(count);
    const residual = added?.onto.plane;
    this.#steps.push({ kind: 'convolve', from: source, to, packed, left, residual, accumulates: false });
    const made = { ...rowsIn(to), isReversed };
    if (added) this.#added.add(key);
    else this.#computed.set(key, made);
    return made;
  }

  #integers(
    read: Known,
    inputs: number,
    { left, right, limit }: Pick<Quantize, 'left' | 'right' | 'limit'>,
  ): Quantize | Gate {
    if (read.kind === 'gated') {
      const { gate } = read;
      if (left + right > 0 || gate.from.rows !== 2 * inputs)
        throw new Unrecognized('A gate is read otherwise.');
      gate.limit = Math.min(gate.limit, limit);
      return gate;
    }
    const { plane } = this.#rows(read);
    if (plane.rows !== inputs) throw new Unrecognized('It reads another number of rows.');
    const found = this.#quantized.get(plane);
    if (found && found.left >= left && found.right >= right) {
      found.limit = Math.min(found.limit, limit);
      return found;
    }
    const to = { ...planeOf(inputs / 2), extra: left + right };
    const made: Quantize = { kind: 'quantize', from: plane, to, scale: 1, slope: 1, left, right, limit };
    this.#quantized.set(plane, made);
    this.#steps.push(made);
    return made;
  }
}

const MOST_INT16 = 2 ** 15 - 1;

function planeOf(rows: number): Plane {
  return { rows, hop: 1, extra: 0 };
}

function rowsIn(plane: Plane): Rows {
  return { kind: 'rows', plane, isReversed: false };
}

function turned(rows: Rows): Rows {
  return { ...rows, isReversed: !rows.isReversed };
}
