import type { Node } from '../prepare/model.ts';
import { type GraphReader, Unrecognized } from './graph.ts';

/** What numbers of frames are made and compared with: `casts.ts` writes some of them. */
const countingNodes = new Set(['Unsqueeze', 'Range', 'ReduceMax', 'Shape', 'Floor', 'Squeeze', 'Identity']);

/**
 * Masks are 1 where the number of a frame is less than how many frames there are, which only the input `frames` says.
 *
 * @throws Unrecognized when `node`, a Where, is none
 */
export function expectMask(graph: GraphReader, node: Node, frames: string): void {
  const [condition = '', one = '', zero = ''] = node.input;
  let compared = graph.maker(condition);
  while (compared.opType === 'Unsqueeze') compared = graph.maker(compared.input[0] ?? '');
  const [index = '', count = ''] = compared.input;
  const isMask =
    compared.opType === 'Less' &&
    graph.constant(one) === 1 &&
    graph.constant(zero) === 0 &&
    countRanges(graph, index, frames) === 2 &&
    countRanges(graph, count, frames) === 1;
  if (!isMask) throw new Unrecognized('It is masked otherwise.');
}

/** Follows the first inputs, of ranges their ends, down to `frames`; undefined where that leads elsewhere. */
function countRanges(graph: GraphReader, name: string, frames: string): number | undefined {
  let ranges = 0;
  for (let at = name; at !== frames; ) {
    const { opType, input } = graph.maker(at);
    if (!countingNodes.has(opType)) return undefined;
    const [first = '', end = '', step = ''] = input;
    if (opType === 'Range' && (!isNumber(graph, first, 0) || !isNumber(graph, step, 1))) return undefined;
    if (opType === 'Range') ranges += 1;
    at = opType === 'Range' ? end : first;
  }
  return ranges;
}

function isNumber(graph: GraphReader, name: string, value: number): boolean {
  try {
    return graph.constant(name) === value;
  } catch {
    return graph.wholeNumbers(name).join() === String(value);
  }
}

/** What adds nothing: `WN` of VITS begins its sum with it. @throws Unrecognized when `node`, a ConstantOfShape, is another */
export function expectZeros(graph: GraphReader, node: Node): void {
  const shape = graph.maker(node.input[0] ?? '');
  const value = node.attribute?.find((each) => each.name === 'value')?.t;
  const isZero = [...(value?.rawData ?? []), ...(value?.floatData ?? [])].every((each) => each === 0);
  if (shape.opType !== 'Shape' || shape.attribute?.length || !isZero)
    throw new Unrecognized('It has a constant of another kind.');
}
