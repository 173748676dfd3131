import * as ort from 'onnxruntime-web';
import { beforeAll, expect, test } from 'vitest';
import { cutAtVocoder } from '../../src/engine/onnx/prepare/cut.ts';
import { decodeModel, encodeModel, type Model } from '../../src/engine/onnx/prepare/model.ts';
import { prepareFiles } from '../../src/engine/onnx/prepare/prepare.ts';
import { quantizeConvolutions } from '../../src/engine/onnx/prepare/quantize.ts';
import { channels, hop, noise, tinyPiper, tinyPiperModel } from './tiny-graph.ts';

const frames = 12;
const input = noise(channels * frames, 42);

beforeAll(() => {
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = 'error';
});

/** The output of a model with one input of shape [1, channels, frames]. */
async function run(bytes: Uint8Array, data: Float32Array = input): Promise<Float32Array> {
  const session = await ort.InferenceSession.create(bytes);
  const [name = ''] = session.inputNames;
  expect(session.inputNames).toHaveLength(1);
  const result = await session.run({ [name]: new ort.Tensor('float32', data, [1, channels, frames]) });
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
  const quantized = encodeModel(quantizeConvolutions(model));
  expect(quantized.length).toBeLessThan(tinyPiper().length * 0.4);
  expect(closeness(await run(tinyPiper()), await run(quantized))).toBeGreaterThan(30);
});

test('only the large weights of convolutions become int8', () => {
  const { graph } = quantizeConvolutions(decodeModel(tinyPiper()), /^enc\./);
  const names = graph.initializer.map((tensor) => tensor.name);
  expect(names).toEqual(expect.arrayContaining(['dec.conv_pre.weight_int8', 'dec.up.weight_int8']));
  expect(names).toEqual(expect.arrayContaining(['enc.weight', 'enc.bias', 'dec.post.weight', 'one', 'two']));
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

test('the two halves together give what the whole gave, and share no weights', async () => {
  const { encoder, decoder } = cutAtVocoder(decodeModel(tinyPiper()));
  const latent = await run(encodeModel(encoder));
  expect(latent).toHaveLength(channels * frames);
  const audio = await run(encodeModel(decoder), latent);
  expect(audio).toHaveLength(frames * hop);
  expect(audio).toEqual(await run(tinyPiper()));
  const names = [encoder, decoder].map(({ graph }) => graph.initializer.map((tensor) => tensor.name));
  expect(names).toEqual([
    ['enc.weight', 'enc.bias', 'one', 'two', 'flag'],
    ['dec.conv_pre.weight', 'dec.up.weight', 'dec.post.weight'],
  ]);
});

test('a graph without a vocoder is refused', () => {
  const model = decodeModel(tinyPiper());
  const renamed = model.graph.node.map((node) => ({
    ...node,
    input: node.input.map((name) => name.replace('dec.', 'x.')),
  }));
  expect(() => cutAtVocoder({ ...model, graph: { ...model.graph, node: renamed } })).toThrow(
    'not a Piper graph',
  );
});

test('preparing a Piper original gives an encoder and a decoder; other families need none', async () => {
  const { encoder, decoder } = prepareFiles('piper', { original: tinyPiper() });
  const audio = await run(decoder ?? new Uint8Array(), await run(encoder ?? new Uint8Array()));
  expect(closeness(await run(tinyPiper()), audio)).toBeGreaterThan(30);
  expect(prepareFiles('kokoro', { model: tinyPiper() })).toEqual({});
});
