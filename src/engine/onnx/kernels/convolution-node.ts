import type { Node } from '../prepare/model.ts';
import {
  expectAttributes,
  type GraphReader,
  integer,
  integers,
  Unrecognized,
  type Weights,
} from './graph.ts';

export interface ConvolutionNode {
  readonly input: string;
  readonly weights: Weights;
  readonly bias: Float32Array | undefined;
  readonly dilation: number;
  readonly stride: number;
  readonly left: number;
  readonly right: number;
}

const attributes = ['dilations', 'group', 'kernel_shape', 'pads', 'strides'];

/** @param axis of the output channels in the weights. @throws Unrecognized where it is not along time, or has groups */
export function readConvolution(graph: GraphReader, node: Node, axis: 0 | 1): ConvolutionNode {
  expectAttributes(node, attributes);
  const [input = '', name = '', bias] = node.input;
  const weights = graph.weights(name, axis);
  const [dilation = 1] = integers(node, 'dilations', [1]);
  const [left = 0, right = 0] = integers(node, 'pads', [0, 0]);
  const [stride = 1] = integers(node, 'strides', [1]);
  const isUsual = dilation >= 1 && stride >= 1 && left >= 0 && right >= 0;
  if (!isUsual || weights.dims.length !== 3 || integer(node, 'group', 1) !== 1)
    throw new Unrecognized('A convolution is of another kind.');
  return { input, weights, bias: bias ? graph.floats(bias) : undefined, dilation, stride, left, right };
}

/** @throws Unrecognized where the result is shorter or longer than what it is made of */
export function expectSameLength({ weights, dilation, stride, left, right }: ConvolutionNode): void {
  const [, , taps = 0] = weights.dims;
  if (stride !== 1 || left + right !== (taps - 1) * dilation)
    throw new Unrecognized('A convolution changes the length.');
}
