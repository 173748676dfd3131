import * as ort from 'onnxruntime-web';
import { beforeAll, expect, test } from 'vitest';
import { decodeModel, encodeModel, type Model } from '../../../src/engine/onnx/prepare/model.ts';
import { prepareFiles } from '../../../src/engine/onnx/prepare/prepare.ts';
import { quantizeConvolutions } from '../../../src/engine/onnx/prepare/quantize.ts';
import { channels, noise, tinyPiper, tinyPiperModel } from './tiny-graph.ts';

const symbols = 12;
const feeds = {
  input: new ort.Tensor('float32', noise(channels * symbols, 42), [1, channels, symbols]),
  // No noise: the same result every time.
  scales: new ort.Tensor('float32', Float32Array.of(0, 1, 0), [3]),
};

beforeAll(() => {
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = 'error';
});

async function run(bytes: Uint8Array): Promise<Float32Array> {
  const session = await ort.InferenceSession.create(bytes);
  const result = await session.run(feeds);
  await session.release();
  return Object.values(result)[0]?.data as Float32Array;
}

/** Signal to noise ratio in dB. */
function closeness(wanted: Float32Array, got: Float32Array): number {
  expect(got.length).toBe(wanted.length);
  const power = wanted.reduce((sum, sample) => sum + sample ** 2, 0);
  const error = wanted.reduce((sum, sample, index) => sum + (sample - (got[index] ?? 0)) ** 2, 0);
  return 10 * Math.log10(power / error);
}

const plain = (model: Model): unknown => JSON.parse(JSON.stringify(model));

test('decoding and encoding keeps everything: subgraphs, metadata, 64-bit numbers, shapes', async () => {
  const bytes = tinyPiper();
  const again = encodeModel(decodeModel(bytes));
  expect(again).toEqual(bytes);
  expect(plain(decodeModel(again))).toMatchObject({
    metadataProps: [{ key: 'sample_rate', value: '22050' }],
    graph: { node: expect.arrayContaining([expect.objectContaining({ opType: 'If' })]) },
  });
  const unused = decodeModel(again).graph.initializer.find((tensor) => tensor.name === 'unused');
  const view = new DataView(new Uint8Array(unused?.rawData ?? []).buffer);
  expect(view.getBigInt64(0, true)).toBe(BigInt(Number.MAX_SAFE_INTEGER));
  expect(await run(again)).toEqual(await run(bytes));
});

test('numbers beyond 53 bits survive, as the ends of slices are', () => {
  const model = tinyPiperModel();
  const end = { name: 'end', type: 2, i: { low: -1, high: 0x7fff_ffff, unsigned: false } };
  const node = { opType: 'Identity', input: ['input'], output: ['x'], attribute: [end] };
  const bytes = encodeModel({ ...model, graph: { ...model.graph, node: [node as never] } });
  const read = decodeModel(encodeModel(decodeModel(bytes))).graph.node[0]?.attribute?.[0]?.i;
  expect(String(read)).toBe('9223372036854775807');
});

test('what is not an ONNX model is refused', () => {
  expect(() => decodeModel(new TextEncoder().encode('<html>not found</html>'))).toThrow();
  expect(() => decodeModel(new Uint8Array())).toThrow('not an ONNX model');
});

test('int8 weights give nearly the same audio from a quarter of the bytes', async () => {
  const model = decodeModel(tinyPiper());
  expect(encodeModel(quantizeConvolutions(model)).length).toBeLessThan(tinyPiper().length * 0.4);
  const sameDurations = encodeModel(quantizeConvolutions(model, /^dp\./));
  expect(closeness(await run(tinyPiper()), await run(sameDurations))).toBeGreaterThan(30);
});

test('only the large weights of convolutions become int8', () => {
  const { graph } = quantizeConvolutions(decodeModel(tinyPiper()), /^(enc|dp|flow)\./);
  const names = graph.initializer.map((tensor) => tensor.name);
  expect(names).toEqual(expect.arrayContaining(['dec.conv_pre.weight_int8', 'dec.up.weight_int8']));
  expect(names).toEqual(
    expect.arrayContaining(['enc.weight', 'enc.bias', 'flow.weight', 'dec.post.weight', 'one', 'two']),
  );
  const dequantizing = graph.node.filter((node) => node.opType === 'DequantizeLinear');
  expect(dequantizing.map((node) => node.output[0])).toEqual(['dec.conv_pre.weight', 'dec.up.weight']);
});

test('a weight that something else reads too stays as it is', () => {
  const model = decodeModel(tinyPiper());
  const extra = { opType: 'Identity', input: ['dec.up.weight'], output: ['copy'] };
  const { graph } = quantizeConvolutions({
    ...model,
    graph: { ...model.graph, node: [...model.graph.node, extra] },
  });
  expect(graph.initializer.map((tensor) => tensor.name)).toContain('dec.up.weight');
});

test('an opset that cannot express it is refused', () => {
  const model = decodeModel(tinyPiper());
  expect(() => quantizeConvolutions({ ...model, opsetImport: [{ domain: '', version: 13 }] })).toThrow(
    'opset 13',
  );
});

test('preparing a Piper original gives the parts of it; other families need none', () => {
  const parts = prepareFiles('piper', { original: tinyPiper() });
  expect(Object.keys(parts)).toEqual(['encoder', 'flow', 'decoder']);
  for (const part of Object.values(parts)) expect(decodeModel(part).graph.node.length).toBeGreaterThan(0);
  expect(prepareFiles('kokoro', { model: tinyPiper() })).toEqual({});
});

test('the duration predictor of the prepared encoder keeps its float32 weights', () => {
  const { encoder = new Uint8Array(), flow = new Uint8Array() } = prepareFiles('piper', {
    original: tinyPiper(),
  });
  const names = (part: Uint8Array): string[] => decodeModel(part).graph.initializer.map(({ name }) => name);
  expect(names(encoder)).toEqual(expect.arrayContaining(['dp.wide.weight', 'enc.weight_int8']));
  expect(names(flow)).toContain('flow.weight_int8');
});
