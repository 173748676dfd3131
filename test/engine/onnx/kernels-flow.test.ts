/** The flow of a voice by our kernels, with ONNX Runtime as the reference. */
import { readFile } from 'node:fs/promises';
import * as ort from 'onnxruntime-web';
import { beforeAll, describe, expect, test } from 'vitest';
import { ofWasm } from '../../../src/adapters/inference/runtimes.ts';
import { floats } from '../../../src/engine/onnx/families/family.ts';
import { Unrecognized } from '../../../src/engine/onnx/kernels/graph.ts';
import { planFlow } from '../../../src/engine/onnx/kernels/plan-flow.ts';
import { KernelSession } from '../../../src/engine/onnx/kernels/session.ts';
import { decodeModel, type Graph, type Node } from '../../../src/engine/onnx/prepare/model.ts';
import { closeness, newKernels } from './kernels-support.ts';
import { installed, joe, missing } from './onnx-support.ts';
import { noise, value } from './tiny-graph.ts';

const channels = 192;
const why = missing(joe);

const feed = (drawn: Float32Array, frames = drawn.length / channels) => ({
  drawn: new ort.Tensor('float32', drawn, [1, channels, drawn.length / channels]),
  frames: new ort.Tensor('float32', Float32Array.of(frames), [1]),
});

describe.skipIf(why)(`joe's flow${why ? ` (${why})` : ''}`, () => {
  let bytes: Uint8Array;
  let graph: Graph;
  beforeAll(async () => {
    bytes = await readFile(installed.find(({ id }) => id === joe)?.files.flow ?? '');
    graph = decodeModel(bytes).graph;
  });

  test('is within 70 dB of ONNX Runtime, window after window', async () => {
    const reference = await ofWasm(ort, 1).createSession(bytes);
    const session = new KernelSession(newKernels(), planFlow(graph));
    for (const frames of [62, 1, 7, 150]) {
      const drawn = noise(channels * frames, frames);
      const wanted = floats(await reference.run(feed(drawn)), 'latent');
      const got = floats(await session.run(feed(drawn)), 'latent');
      expect(got.length).toBe(wanted.length);
      expect(closeness(wanted, got)).toBeGreaterThan(70);
    }
    await reference.release();
  });

  test('takes no frames that are masked away', async () => {
    const session = new KernelSession(newKernels(), planFlow(graph));
    await expect(session.run(feed(noise(channels * 9), 8))).rejects.toThrow(RangeError);
  });

  /** Changes the first node that `is` so. */
  const change = (is: (node: Node) => boolean, to: (node: Node) => Node): Graph => {
    const at = graph.node.findIndex(is);
    expect(at).toBeGreaterThan(0);
    return { ...graph, node: graph.node.map((node, index) => (index === at ? to(node) : node)) };
  };
  const isA =
    (...kinds: string[]) =>
    ({ opType }: Node) =>
      kinds.includes(opType);
  const withInputs = (of: Node, ...input: string[]): Node => ({ ...of, input });

  const others: Readonly<Record<string, () => Graph>> = {
    'another gate': () => change(isA('Sigmoid'), (node) => ({ ...node, opType: 'Tanh' })),
    'a gate of one half': () =>
      change(isA('Sigmoid'), (node) => {
        const tanh = graph.node.find(isA('Tanh'));
        return withInputs(node, tanh?.input[0] ?? '');
      }),
    'a node of another kind': () => change(isA('Sub'), (node) => ({ ...node, opType: 'Div' })),
    'a scale that is no 1': () => change(isA('Neg'), (node) => withInputs(node, graph.input[0]?.name ?? '')),
    'a latent that is not turned': () =>
      change(
        (node) => node.opType === 'Split',
        (node) => withInputs(node, '/Add_output_0', node.input[1] ?? ''),
      ),
    'another mask': () =>
      change(isA('Less'), (node) => withInputs(node, node.input[1] ?? '', node.input[0] ?? '')),
    'a third input': () => ({ ...graph, input: [...graph.input, value('sid', 7, [1])] }),
  };

  test.each(Object.keys(others))('is left alone with %s', (name) => {
    expect(() => planFlow(graph)).not.toThrow();
    expect(() => planFlow(others[name]?.() ?? graph)).toThrow(Unrecognized);
  });
});
