import * as ort from 'onnxruntime-web';
import { beforeAll, expect, test } from 'vitest';
import { floatConvolutions } from '../../../src/engine/onnx/prepare/float-convolutions.ts';
import {
  encodeModel,
  type Model,
  type Node,
  node,
  type Tensor,
} from '../../../src/engine/onnx/prepare/model.ts';
import { noise } from './tiny-graph.ts';

const float = 1;
const uint8 = 2;
const int32 = 6;
const channels = 8;

const value = (name: string) => {
  const dim = [{ dimValue: 1 }, { dimValue: channels }, { dimParam: 'frames' }];
  return { name, type: { tensorType: { elemType: float, shape: { dim } } } } as { name: string };
};

function floats(name: string, dims: readonly number[], values: Float32Array): Tensor {
  return { name, dims, dataType: float, rawData: new Uint8Array(values.slice().buffer) };
}

/** 8 channels, 3 taps wide, in one scale for all. */
const weights: Tensor = {
  name: 'weights',
  dims: [channels, channels, 3],
  dataType: uint8,
  rawData: Uint8Array.from(noise(channels * channels * 3), (drawn) => 128 + Math.round(100 * drawn)),
};

function convolution(activation: string, output: string): Node {
  const inputs = [`${activation}_q`, 'weights', `${activation}_zero`, 'weights_zero'];
  const attribute = [{ name: 'pads', type: 7, ints: [1, 1] }];
  return { ...node('ConvInteger', output, inputs, output), attribute } as Node;
}

function quantized(activation: string): Node {
  const output = ['q', 'scale', 'zero'].map((name) => `${activation}_${name}`);
  return { ...node('DynamicQuantizeLinear', `${activation}_quantize`, [activation], ''), output };
}

/** One convolution with a bias among the integers, one without, as ONNX Runtime's tool writes them. */
const model: Model = {
  irVersion: 8,
  opsetImport: [{ domain: '', version: 15 }],
  graph: {
    name: 'integers',
    node: [
      quantized('x'),
      convolution('x', 'first'),
      node('Mul', 'scales', ['x_scale', 'weights_scale'], 'scales'),
      node('Div', 'bias_scaled', ['bias', 'scales'], 'bias_scaled'),
      node('Floor', 'bias_floor', ['bias_scaled'], 'bias_floor'),
      node('Cast', 'bias_integers', ['bias_floor'], 'bias_integers', { to: int32 }),
      node('Reshape', 'bias_shaped', ['bias_integers', 'bias_shape'], 'bias_shaped'),
      node('Add', 'first_biased', ['first', 'bias_shaped'], 'first_biased'),
      node('Cast', 'first_cast', ['first_biased'], 'first_cast', { to: float }),
      node('Mul', 'first_scaled', ['first_cast', 'scales'], 'middle'),
      quantized('middle'),
      convolution('middle', 'second'),
      node('Cast', 'second_cast', ['second'], 'second_cast', { to: float }),
      node('Mul', 'second_scales', ['middle_scale', 'weights_scale'], 'second_scales'),
      node('Mul', 'second_scaled', ['second_cast', 'second_scales'], 'y'),
    ],
    initializer: [
      weights,
      { name: 'weights_zero', dims: [], dataType: uint8, rawData: Uint8Array.of(128) },
      floats('weights_scale', [], Float32Array.of(0.002)),
      floats('bias', [channels], noise(channels, 2)),
      {
        name: 'bias_shape',
        dims: [3],
        dataType: 7,
        rawData: new Uint8Array(BigInt64Array.of(1n, 8n, 1n).buffer),
      },
    ],
    input: [value('x')],
    output: [value('y')],
  },
};

beforeAll(() => {
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = 'error';
});

async function run(of: Model): Promise<Float32Array> {
  const session = await ort.InferenceSession.create(encodeModel(of));
  const frames = 20;
  const x = new ort.Tensor('float32', noise(channels * frames, 5), [1, channels, frames]);
  const { y } = await session.run({ x });
  await session.release();
  return y?.data as Float32Array;
}

test('convolutions of integers say the same in floats, but for the rounding of their activations', async () => {
  const floated = floatConvolutions(model);
  const operators = floated.graph.node.map(({ opType }) => opType);
  expect(operators.filter((name) => name === 'Conv')).toHaveLength(2);
  expect(operators.filter((name) => /Integer|DynamicQuantize|^Cast$|^Div$/.test(name))).toEqual([]);
  const [before, after] = [await run(model), await run(floated)];
  const loudest = Math.max(...before.map(Math.abs));
  expect(loudest).toBeGreaterThan(0.1);
  const apart = before.map((sample, index) => Math.abs(sample - (after[index] ?? Number.NaN)));
  expect(Math.max(...apart)).toBeLessThan(0.03 * loudest);
  expect(Math.max(...apart)).toBeGreaterThan(0);
});

test('what is read elsewhere too, or has a scale for each channel, stays as it is', () => {
  const { graph } = model;
  const told = { ...model, graph: { ...graph, output: [...graph.output, value('first_cast')] } };
  const left = floatConvolutions(told).graph.node.filter(({ opType }) => opType === 'ConvInteger');
  expect(left.map(({ name }) => name)).toEqual(['first']);
  const scales = floats('weights_scale', [channels, 1], noise(channels, 3));
  const initializer = graph.initializer.map((tensor) => (tensor.name === 'weights_scale' ? scales : tensor));
  const apart = { ...model, graph: { ...graph, initializer } };
  expect(floatConvolutions(apart).graph.node.some(({ opType }) => opType === 'Conv')).toBe(false);
  const old = { ...model, opsetImport: [{ domain: '', version: 13 }] };
  expect(floatConvolutions(old)).toBe(old);
});
