import * as ort from 'onnxruntime-web';
import { beforeAll, expect, test } from 'vitest';
import { countFrames, drawLatent } from '../../../src/engine/onnx/latent.ts';
import { cutVoice } from '../../../src/engine/onnx/prepare/cut.ts';
import { decodeModel, encodeModel, type Model } from '../../../src/engine/onnx/prepare/model.ts';
import { channels, hop, noise, tinyPiper, tinyPiperModel } from './tiny-graph.ts';

const symbols = 12;
const input = new ort.Tensor('float32', noise(channels * symbols, 42), [1, channels, symbols]);

beforeAll(() => {
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = 'error';
});

type Feeds = Record<string, ort.Tensor>;

async function run(model: Model, feeds: Feeds): Promise<Record<string, ort.Tensor>> {
  const session = await ort.InferenceSession.create(encodeModel(model));
  expect([...session.inputNames].sort()).toEqual(Object.keys(feeds).sort());
  const outputs = await session.run(feeds);
  await session.release();
  return outputs as Record<string, ort.Tensor>;
}

const data = (tensor: ort.Tensor | undefined): Float32Array => tensor?.data as Float32Array;

/** The whole graph without noise, so that it has one result. */
async function runWhole(lengthScale = 1): Promise<Float32Array> {
  const scales = new ort.Tensor('float32', Float32Array.of(0, lengthScale, 0), [3]);
  return data((await run(decodeModel(tinyPiper()), { input, scales })).audio);
}

test('the parts together give what the whole gave', async () => {
  const { encoder, flow, decoder } = cutVoice(decodeModel(tinyPiper()));
  const still = new ort.Tensor('float32', new Float32Array(2 * symbols), [1, 2, symbols]);
  const spoken = await run(encoder, { input, noise: still });
  const framesOf = countFrames(data(spoken.durations), 1);
  const frames = framesOf.reduce((sum, count) => sum + count, 0);
  expect(frames).toBeGreaterThan(symbols);
  const distribution = { means: data(spoken.means), logDeviations: data(spoken.log_deviations) };
  const drawn = drawLatent(distribution, framesOf, noise(channels * frames, 7), 0);
  const flowed = await run(flow, {
    drawn: new ort.Tensor('float32', drawn, [1, channels, frames]),
    frames: new ort.Tensor('float32', Float32Array.of(frames), [1]),
  });
  const heard = await run(decoder, { latent: flowed.latent as ort.Tensor });
  expect(data(heard.audio)).toHaveLength(frames * hop);
  expect(data(heard.audio)).toEqual(await runWhole());
});

test('the encoder takes the noise of its durations from outside', async () => {
  const { encoder } = cutVoice(decodeModel(tinyPiper()));
  const durations = async (values: Float32Array): Promise<Float32Array> =>
    data(
      (await run(encoder, { input, noise: new ort.Tensor('float32', values, [1, 2, symbols]) })).durations,
    );
  const once = await durations(noise(2 * symbols, 1));
  expect(await durations(noise(2 * symbols, 1))).toEqual(once);
  expect(await durations(noise(2 * symbols, 2))).not.toEqual(once);
});

test('no part draws noise of its own, and no two share weights', () => {
  const { encoder, flow, decoder } = cutVoice(decodeModel(tinyPiper()));
  const graphs = [encoder, flow, decoder].map(({ graph }) => graph);
  expect(graphs.flatMap(({ node }) => node).filter(({ opType }) => /^Random/.test(opType))).toEqual([]);
  const weights = graphs.map(({ initializer }) =>
    initializer.map(({ name }) => name).filter((name) => name.includes('.')),
  );
  expect(weights).toEqual([
    ['enc.weight', 'enc.bias', 'enc.logs.weight', 'dp.wide.weight', 'dp.pre.weight', 'dp.proj.weight'],
    ['flow.weight'],
    ['dec.conv_pre.weight', 'dec.up.weight', 'dec.post.weight'],
  ]);
});

test.each([
  ['a vocoder', 'Conv'],
  ['durations that are rounded up', 'Ceil'],
  ['two draws of noise', 'RandomNormalLike'],
])('a graph without %s is refused', (_, opType) => {
  const model = tinyPiperModel();
  const others = model.graph.node.filter((node) => node.opType !== opType);
  expect(() => cutVoice({ ...model, graph: { ...model.graph, node: others } })).toThrow('not a Piper graph');
});
