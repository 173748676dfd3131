import * as ort from 'onnxruntime-web';
import { beforeAll, expect, test } from 'vitest';
import { replaceCasts } from '../../../src/engine/onnx/prepare/casts.ts';
import { encodeModel, type Model, node, type Tensor } from '../../../src/engine/onnx/prepare/model.ts';

const float = 1;
const int64 = 7;
const scalar = (name: string, value: number): Tensor => ({
  name,
  dims: [],
  dataType: float,
  rawData: new Uint8Array(Float32Array.of(value).buffer),
});
const index: Tensor = { name: 'index', dims: [], dataType: int64, rawData: new Uint8Array(8) };
const value = (name: string, elemType: number, dims?: string[]) =>
  ({
    name,
    type: { tensorType: { elemType, shape: dims && { dim: dims.map((dimParam) => ({ dimParam })) } } },
  }) as { name: string };

/** `x` (float [n]) through every kind of cast that a Piper voice has, and one that it has not. */
const model: Model = {
  irVersion: 8,
  opsetImport: [{ domain: '', version: 15 }],
  graph: {
    name: 'casts',
    node: [
      node('Less', 'less', ['x', 'half'], 'less'),
      node('Cast', 'mask', ['less'], 'mask', { to: float }),
      node('Not', 'not', ['less'], 'not'),
      node('Cast', 'count', ['not'], 'count', { to: int64 }),
      node('Shape', 'shape', ['x'], 'shape'),
      node('Gather', 'size', ['shape', 'index'], 'size'),
      node('Cast', 'size_float', ['size'], 'size_float', { to: float }),
      node('ReduceSum', 'sum', ['x'], 'sum', { keepdims: 1 }),
      node('Clip', 'frames', ['sum', 'one'], 'frames'),
      node('Cast', 'length', ['frames'], 'length', { to: int64 }),
      node('Cast', 'rounded', ['x'], 'rounded', { to: int64 }),
    ],
    initializer: [scalar('half', 0.5), scalar('one', 1), index],
    input: [value('x', float, ['n'])],
    output: [
      value('mask', float),
      value('count', int64),
      value('size_float', float),
      value('length', int64),
      value('rounded', int64),
    ],
  },
};

beforeAll(() => {
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = 'error';
});

async function run(of: Model, x: number[]): Promise<Record<string, unknown>> {
  const session = await ort.InferenceSession.create(encodeModel(of));
  const outputs = await session.run({ x: new ort.Tensor('float32', Float32Array.from(x), [x.length]) });
  await session.release();
  return Object.fromEntries(Object.entries(outputs).map(([name, { data, dims }]) => [name, { data, dims }]));
}

test.each([[[0, 1, 2, 97]], [[0]], [[0.25, 0.5, 3]]])('%j gives the same without casts', async (x) => {
  expect(await run(replaceCasts(model), x)).toEqual(await run(model, x));
});

test('only a cast of a kind that Piper has not is left', () => {
  const left = replaceCasts(model).graph.node.filter(({ opType }) => opType === 'Cast');
  expect(left.map(({ name }) => name)).toEqual(['rounded']);
});

test('a graph without casts stays as it is', () => {
  const plain = { ...model, graph: { ...model.graph, node: model.graph.node.slice(0, 1) } };
  expect(replaceCasts(plain)).toEqual(plain);
});
