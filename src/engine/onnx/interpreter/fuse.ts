import { integer, integers } from '../kernels/graph.ts';
import { dataType, type Graph, type Node } from '../prepare/model.ts';
import { floatsOf } from '../prepare/quantize.ts';

/**
 * The nodes of a graph, where two groups of them that an exporter writes out became one node each: eleven that normalise the channels
 * of a column, and five that are a GELU. Between them they would read and write each element ten times. What is not exactly such a group
 * stays as it is; nodes that nobody needs any more stay too, and are never run.
 */
export function fuse(graph: Graph): readonly Node[] {
  const group = new Groups(graph);
  return graph.node.map((node) => group.normalization(node) ?? group.gelu(node) ?? node);
}

class Groups {
  readonly #makers: ReadonlyMap<string, Node>;
  readonly #numbers: ReadonlyMap<string, number>;

  constructor({ node, initializer }: Graph) {
    this.#makers = new Map(node.flatMap((each) => each.output.map((name) => [name, each] as const)));
    this.#numbers = new Map(
      initializer.flatMap((tensor) => {
        if (tensor.dataType !== dataType.float || tensor.dims.length > 1) return [];
        const values = floatsOf(tensor);
        return values.length === 1 ? [[tensor.name, values[0] ?? Number.NaN] as const] : [];
      }),
    );
  }

  /** x, gains, offsets and epsilon: of [1, channels, columns]. */
  normalization(node: Node): Node | undefined {
    const added = isSwap(node) ? this.#maker('Add', node.input[0]) : undefined;
    const scaled = this.#maker('Mul', added?.input[0]);
    const divided = this.#maker('Div', scaled?.input[0]);
    const centred = this.#maker('Sub', divided?.input[0]);
    const mean = this.#mean(centred?.input[1]);
    const swapped = this.#maker('Transpose', mean);
    const raised = this.#maker('Add', this.#maker('Sqrt', divided?.input[1])?.input[0]);
    const squared = this.#maker('Pow', this.#mean(raised?.input[0]));
    const [gains, offsets, epsilon] = [scaled?.input[1], added?.input[1], raised?.input[1]];
    const isOne =
      swapped !== undefined &&
      isSwap(swapped) &&
      centred?.input[0] === mean &&
      squared?.input[0] === divided?.input[0] &&
      this.#number(squared?.input[1]) === 2 &&
      this.#number(epsilon) !== undefined;
    const [x] = swapped?.input ?? [];
    if (!isOne || x === undefined || !gains || !offsets || !epsilon) return undefined;
    return { ...node, opType: 'ChannelNormalization', input: [x, gains, offsets, epsilon], attribute: [] };
  }

  /** x / 2 (1 + erf(x / sqrt 2)) */
  gelu(node: Node): Node | undefined {
    const product = node.opType === 'Mul' ? this.#maker('Mul', node.input[0]) : undefined;
    const raised = this.#maker('Add', product?.input[1]);
    const divided = this.#maker('Div', this.#maker('Erf', raised?.input[0])?.input[0]);
    const [x] = divided?.input ?? [];
    const isOne =
      x !== undefined &&
      product?.input[0] === x &&
      this.#number(node.input[1]) === 0.5 &&
      this.#number(raised?.input[1]) === 1 &&
      this.#number(divided?.input[1]) === Math.fround(Math.SQRT2);
    return isOne ? { ...node, opType: 'Gelu', input: [x], attribute: [] } : undefined;
  }

  #maker(opType: string, name: string | undefined): Node | undefined {
    const node = name === undefined ? undefined : this.#makers.get(name);
    return node?.opType === opType ? node : undefined;
  }

  /** What `name` is the mean of, along the last axis, which stays. */
  #mean(name: string | undefined): string | undefined {
    const node = this.#maker('ReduceMean', name);
    if (!node || integer(node, 'keepdims', 1) !== 1 || node.input.length !== 1) return undefined;
    const axes = integers(node, 'axes', []);
    return axes.length === 1 && axes[0] === -1 ? node.input[0] : undefined;
  }

  #number(name: string | undefined): number | undefined {
    return name === undefined ? undefined : this.#numbers.get(name);
  }
}

/** Channels become columns, or columns channels. */
function isSwap(node: Node): boolean {
  return node.opType === 'Transpose' && integers(node, 'perm', []).join() === '0,2,1';
}
