/** Whole vocoders by our kernels, with ONNX Runtime as the reference. */
import { readFile } from 'node:fs/promises';
import * as ort from 'onnxruntime-web';
import { beforeAll, describe, expect, test } from 'vitest';
import { ofWasm } from '../../../src/adapters/inference/runtimes.ts';
import { floats, type Ort } from '../../../src/engine/onnx/families/family.ts';
import { Unrecognized } from '../../../src/engine/onnx/kernels/graph.ts';
import { planVocoder } from '../../../src/engine/onnx/kernels/plan.ts';
import { KernelSession } from '../../../src/engine/onnx/kernels/session.ts';
import { decodeModel, encodeModel, type Model, node } from '../../../src/engine/onnx/prepare/model.ts';
import { closeness, newKernels } from './kernels-support.ts';
import { installed, joe, missing } from './onnx-support.ts';
import { noise, scalar, value, weights } from './tiny-graph.ts';
import { high, latentChannels, medium, vocoder } from './vocoder-graph.ts';

let runtime: Ort;
beforeAll(() => {
  runtime = ofWasm(ort, 1);
});

const feed = (latent: Float32Array, channels: number) => ({
  latent: new ort.Tensor('float32', latent, [1, channels, latent.length / channels]),
});

async function byOrt(model: Uint8Array, latent: Float32Array, channels: number): Promise<Float32Array> {
  const session = await runtime.createSession(model);
  const outputs = await session.run(feed(latent, channels));
  const samples = floats(outputs, session.outputNames[0]).slice();
  await session.release();
  return samples;
}

async function byKernels(
  session: KernelSession,
  latent: Float32Array,
  channels: number,
): Promise<Float32Array> {
  return floats(await session.run(feed(latent, channels)), session.outputNames[0]);
}

const shapes = { medium, high };

describe.each(Object.entries(shapes))('a vocoder as those of %s voices', (_name, shape) => {
  const bytes = encodeModel(vocoder(shape));
  const open = () => new KernelSession(newKernels(), planVocoder(decodeModel(bytes).graph));

  test.each([1, 2, 7, 40, 123])('is within 40 dB of ONNX Runtime, %i frames', async (frames) => {
    const latent = noise(latentChannels * frames, frames);
    const wanted = await byOrt(bytes, latent, latentChannels);
    const got = await byKernels(open(), latent, latentChannels);
    expect(got.length).toBe(wanted.length);
    expect(wanted.some((sample) => Math.abs(sample) > 0.01)).toBe(true);
    expect(closeness(wanted, got)).toBeGreaterThan(40);
  });

  test.each([
    [60, 20, 41],
    [60, 0, 21],
    [60, 43, 60],
    [33, 16, 17],
  ])('of %i frames makes those from %i to %i alone, to their edges', async (frames, from, to) => {
    const latent = noise(latentChannels * frames, frames);
    const whole = await byOrt(bytes, latent, latentChannels);
    const hop = whole.length / frames;
    const session = open();
    const wanted = { data: Float32Array.of(from, to) };
    const outputs = await session.run({ ...feed(latent, latentChannels), wanted });
    const got = floats(outputs, session.outputNames[0]);
    expect(got.length).toBe((to - from) * hop);
    const [begin, end] = [from * hop, to * hop];
    expect(closeness(whole.subarray(begin, end), got)).toBeGreaterThan(40);
    expect(closeness(whole.subarray(begin, begin + hop), got)).toBeGreaterThan(40);
    expect(closeness(whole.subarray(end - hop, end), got.subarray(got.length - hop))).toBeGreaterThan(40);
  });

  test('takes no span that its latent does not have', async () => {
    const latent = feed(noise(latentChannels * 9, 1), latentChannels);
    for (const span of [
      [-1, 5],
      [0, 10],
      [5, 5],
      [1.5, 4],
      [Number.NaN, 4],
    ]) {
      const wanted = { data: Float32Array.from(span) };
      await expect(open().run({ ...latent, wanted })).rejects.toThrow(RangeError);
    }
  });

  test('leaves nothing of one window in the next, and takes no more memory for it', async () => {
    const kernels = newKernels();
    const session = new KernelSession(kernels, planVocoder(decodeModel(bytes).graph));
    const windows = [60, 1, 33, 60, 7].map((frames) => noise(latentChannels * frames, frames));
    await byKernels(session, windows[0] ?? new Float32Array(), latentChannels);
    const held = kernels.memory.buffer.byteLength;
    for (const latent of windows) {
      const fresh = await byKernels(open(), latent, latentChannels);
      expect(await byKernels(session, latent, latentChannels)).toEqual(fresh);
    }
    expect(kernels.memory.buffer.byteLength).toBe(held);
  });

  test('computes zeros too', async () => {
    const zeros = new Float32Array(latentChannels * 9);
    const wanted = await byOrt(bytes, zeros, latentChannels);
    expect(closeness(wanted, await byKernels(open(), zeros, latentChannels))).toBeGreaterThan(40);
  });

  test('takes no latent of another size', async () => {
    for (const length of [0, latentChannels + 1]) {
      const latent = { data: new Float32Array(length) };
      await expect(open().run({ latent })).rejects.toThrow(RangeError);
    }
    await expect(open().run({})).rejects.toThrow(TypeError);
  });
});

const why = missing(joe);

test.skipIf(why)(`joe's decoder is within 50 dB of ONNX Runtime${why ? ` (${why})` : ''}`, async () => {
  const path = installed.find(({ id }) => id === joe)?.files.decoder ?? '';
  const model = await readFile(path);
  const session = new KernelSession(newKernels(), planVocoder(decodeModel(model).graph));
  for (const frames of [37, 180]) {
    const latent = noise(192 * frames, frames).map((each) => each * 1.7);
    const wanted = await byOrt(model, latent, 192);
    const got = await byKernels(session, latent, 192);
    expect(got.length).toBe(wanted.length);
    expect(closeness(wanted, got)).toBeGreaterThan(50);
  }
});

/** Graphs that differ from a vocoder in one thing, which the kernels do not compute. */
const others: Readonly<Record<string, (model: Model) => Model>> = {
  'a node of another kind': (model) => replaceNode(model, 'Tanh', (each) => ({ ...each, opType: 'Sigmoid' })),
  'another nonlinearity': (model) =>
    replaceNode(model, 'LeakyRelu', (each) => ({ ...each, opType: 'Relu', attribute: [] })),
  'a convolution in groups': (model) => withAttribute(model, 'Conv', { name: 'group', type: 2, i: 2 }),
  'a stride': (model) => withAttribute(model, 'Conv', { name: 'strides', type: 7, ints: [2] }),
  'other padding': (model) => withAttribute(model, 'Conv', { name: 'pads', type: 7, ints: [0, 0] }),
  'an attribute that is not known': (model) =>
    withAttribute(model, 'Conv', { name: 'auto_pad', type: 3, s: new TextEncoder().encode('SAME_UPPER') }),
  'output padding': (model) =>
    withAttribute(model, 'ConvTranspose', { name: 'output_padding', type: 7, ints: [1] }),
  'a second input': ({ graph, ...model }) => ({
    ...model,
    graph: { ...graph, input: [...graph.input, value('sid', 7, [1])] },
  }),
  'a mean by what is no constant': (model) =>
    replaceNode(model, 'Div', (each) => ({ ...each, input: [each.input[0] ?? '', 'pre'] })),
  'a negative mean': ({ graph, ...model }) => ({
    ...model,
    graph: {
      ...graph,
      initializer: graph.initializer.map((each) =>
        each.name === 'branches' ? scalar('branches', -3) : each,
      ),
    },
  }),
  'weights that are computed': ({ graph, ...model }) => ({
    ...model,
    graph: {
      ...graph,
      node: [node('Neg', 'negated', ['post.weight_old'], 'post.weight'), ...graph.node],
      initializer: graph.initializer.map((each) =>
        each.name === 'post.weight' ? { ...each, name: 'post.weight_old' } : each,
      ),
    },
  }),
  'an odd number of channels': ({ graph, ...model }) => ({
    ...model,
    graph: {
      ...graph,
      node: graph.node.filter(
        ({ output }) => !output[0]?.startsWith('pre.weight_') && output[0] !== 'pre.weight',
      ),
      input: [value('latent', 1, [1, 7, 'frames'])],
      initializer: [...graph.initializer, weights('pre.weight', [64, 7, 7], 3)],
    },
  }),
};

type Attribute = NonNullable<Model['graph']['node'][number]['attribute']>[number];

function replaceNode(
  { graph, ...model }: Model,
  opType: string,
  replace: (each: Model['graph']['node'][number]) => Model['graph']['node'][number],
): Model {
  const at = graph.node.findIndex((each) => each.opType === opType);
  return {
    ...model,
    graph: { ...graph, node: graph.node.map((each, index) => (index === at ? replace(each) : each)) },
  };
}

function withAttribute(model: Model, opType: string, attribute: Attribute & { s?: Uint8Array }): Model {
  return replaceNode(model, opType, (each) => ({
    ...each,
    attribute: [...(each.attribute ?? []).filter(({ name }) => name !== attribute.name), attribute],
  }));
}

describe('where the kernels do not know a graph', () => {
  test.each(Object.keys(others))('they leave it alone: %s', (name) => {
    const model = others[name]?.(vocoder(medium)) as Model;
    expect(() => planVocoder(decodeModel(encodeModel(model)).graph)).toThrow(Unrecognized);
    expect(() => planVocoder(decodeModel(encodeModel(vocoder(medium))).graph)).not.toThrow();
  });
});
