/** What runs a Piper voice's graphs: the interpreter and the kernels where they know them, else ONNX Runtime. */
import * as ort from 'onnxruntime-web';
import { describe, expect, test, vi } from 'vitest';
import { ofWasm } from '../../../src/adapters/inference/runtimes.ts';
import { floats, type GraphRuntime, type Session } from '../../../src/engine/onnx/families/family.ts';
import { type ReadKernels, withFallback } from '../../../src/engine/onnx/interpreter/with-fallback.ts';
import { KernelSession } from '../../../src/engine/onnx/kernels/session.ts';
import { encodeModel, node } from '../../../src/engine/onnx/prepare/model.ts';
import { kernelsBytes } from './kernels-support.ts';
import { normalized, normalizedBytes, normChannels } from './norm-graph.ts';
import { noise } from './tiny-graph.ts';
import { latentChannels, medium, vocoder } from './vocoder-graph.ts';

const openOrt = vi.fn(async () => ofWasm(ort, 1));

/** A module without exports. */
const emptyModule: Uint8Array<ArrayBuffer> = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

async function open(readKernels: ReadKernels = async () => kernelsBytes()) {
  openOrt.mockClear();
  const onRefused = vi.fn();
  const runtime = await withFallback({ readKernels, openOrt, onRefused })();
  return { runtime, onRefused };
}

const columns = 5;
const feeds = (runtime: GraphRuntime, name: string, rows: number) => ({
  [name]: new runtime.Tensor('float32', noise(rows * columns), [1, rows, columns]),
});

/** What ONNX Runtime makes of the same. */
async function reference(model: Uint8Array, name: string, rows: number): Promise<Float32Array> {
  const runtime = ofWasm(ort, 1);
  const session = await runtime.createSession(model);
  return floats(await session.run(feeds(runtime, name, rows)), session.outputNames[0]);
}

async function made(session: Session | undefined, given: ReturnType<typeof feeds>): Promise<Float32Array> {
  if (!session) throw new Error('There is no session.');
  return floats(await session.run(given), session.outputNames[0]);
}

describe('the parts of a voice', () => {
  const strange = () => {
    const { graph, ...model } = vocoder(medium);
    const nodes = graph.node.map((each) => (each.opType === 'Tanh' ? { ...each, opType: 'Sigmoid' } : each));
    return encodeModel({ ...model, graph: { ...graph, node: nodes } });
  };

  test.each<[string, ReadKernels | undefined, () => Uint8Array, RegExp]>([
    ['another graph', undefined, strange, /^vocoder: /],
    [
      'no kernels',
      () => Promise.reject(new Error('ENOENT')),
      () => encodeModel(vocoder(medium)),
      /^kernels: /,
    ],
    ['other kernels', async () => emptyModule, () => encodeModel(vocoder(medium)), /^kernels: /],
  ])('are computed by ONNX Runtime, and the log is told: %s', async (_, read, make, why) => {
    const { runtime, onRefused } = await open(read);
    const session = await (runtime.createPart ?? runtime.createSession)(make(), 'vocoder');
    const got = await made(session, feeds(runtime, 'latent', latentChannels));
    expect(got).toEqual(await reference(make(), 'latent', latentChannels));
    expect(onRefused.mock.calls).toEqual([[expect.stringMatching(why)]]);
  });

  test('are computed by the kernels where they know them: ONNX Runtime is not even loaded', async () => {
    const { runtime, onRefused } = await open();
    const session = await runtime.createPart?.(encodeModel(vocoder(medium)), 'vocoder');
    expect(session).toBeInstanceOf(KernelSession);
    expect(openOrt).not.toHaveBeenCalled();
    expect(onRefused).not.toHaveBeenCalled();
  });
});

describe('an encoder', () => {
  const run = async (model: Uint8Array) => {
    const { runtime, onRefused } = await open();
    const session = await runtime.createSession(model);
    const given = feeds(runtime, 'x', normChannels);
    const got = await made(session, given);
    return { got, again: await made(session, given), onRefused };
  };
  const last = (opType: string, attributes = {}) => {
    const { graph, ...model } = normalized();
    const nodes = [...graph.node.slice(0, -1), node(opType, 'y', ['weighed'], 'y', attributes)];
    return encodeModel({ ...model, graph: { ...graph, node: nodes } });
  };

  test('is run by the interpreter: ONNX Runtime is not even loaded, and its file is let go', async () => {
    const model = normalizedBytes();
    const { got, again, onRefused } = await run(model);
    expect(got.some((each) => each !== 0)).toBe(true);
    expect(again).toEqual(got);
    expect(openOrt).not.toHaveBeenCalled();
    expect(onRefused).not.toHaveBeenCalled();
    expect(model.length).toBe(0);
  });

  test('of which a Node Buffer holds the file is run as well', async () => {
    const { got } = await run(Buffer.from(normalizedBytes().buffer));
    expect(got).toEqual((await run(normalizedBytes())).got);
  });

  test.each<[string, () => Uint8Array]>([
    ['an operator that it does not know, when it is opened', () => last('Tan')],
    ['a way of an operator that it does not know, when it first runs', () => last('Softmax', { axis: 1 })],
  ])('is run by ONNX Runtime with %s; the log is told once', async (_, make) => {
    const { got, again, onRefused } = await run(make());
    expect(got).toEqual(await reference(make(), 'x', normChannels));
    expect(again).toEqual(got);
    expect(openOrt).toHaveBeenCalledOnce();
    expect(onRefused.mock.calls).toEqual([[expect.stringMatching(/^encoder: /)]]);
  });
});
