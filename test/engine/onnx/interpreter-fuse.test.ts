/** Groups of nodes that the interpreter runs as one, with ONNX Runtime as the reference. */
import * as ort from 'onnxruntime-web';
import { describe, expect, test } from 'vitest';
import { ofWasm } from '../../../src/adapters/inference/runtimes.ts';
import { floats } from '../../../src/engine/onnx/families/family.ts';
import { exponential } from '../../../src/engine/onnx/interpreter/exponential.ts';
import { fuse } from '../../../src/engine/onnx/interpreter/fuse.ts';
import { GraphSession } from '../../../src/engine/onnx/interpreter/session.ts';
import type { Node } from '../../../src/engine/onnx/prepare/model.ts';
import { readModel } from '../../../src/engine/onnx/prepare/read-model.ts';
import { closeness, newKernels } from './kernels-support.ts';
import { normalizedBytes, normChannels } from './norm-graph.ts';
import { noise } from './tiny-graph.ts';

const kinds = (bytes: Uint8Array): string[] => fuse(readModel(bytes).graph).map(({ opType }) => opType);

const replaced =
  (name: string, change: (node: Node) => Node) =>
  (nodes: readonly Node[]): readonly Node[] =>
    nodes.map((node) => (node.name === name ? change(node) : node));

/** Each is another function, by a little. */
const others: Readonly<Record<string, (nodes: readonly Node[]) => readonly Node[]>> = {
  'a cube in the place of a square': replaced('squares', (node) => ({ ...node, input: ['centred', 'root'] })),
  'a mean of something else': replaced('variance', (node) => ({ ...node, input: ['columns'] })),
  'another mean': replaced('mean', (node) => ({ ...node, input: ['centred_before'] })),
  'means of rows': replaced('mean', (node) => ({
    ...node,
    attribute: [{ name: 'axes', type: 7, ints: [1] }],
  })),
  'another order at the end': replaced('normal', (node) => ({
    ...node,
    attribute: [{ name: 'perm', type: 7, ints: [1, 2, 0] }],
  })),
};

describe('the interpreter', () => {
  test('runs a normalisation and a GELU as one node each, within 100 dB of ONNX Runtime', async () => {
    const bytes = normalizedBytes();
    expect(kinds(bytes)).toEqual(expect.arrayContaining(['ChannelNormalization', 'Gelu']));
    const session = new GraphSession(newKernels(), readModel(bytes).graph);
    const reference = await ofWasm(ort, 1).createSession(bytes);
    for (const columns of [1, 7, 130]) {
      const x = new ort.Tensor('float32', noise(normChannels * columns, columns), [1, normChannels, columns]);
      const wanted = floats(await reference.run({ x }), 'y');
      const got = floats(await session.run({ x }), 'y');
      expect(got.length).toBe(wanted.length);
      expect(closeness(wanted, got)).toBeGreaterThan(100);
    }
  });

  test.each(Object.keys(others))('leaves alone what is not exactly that: %s', (name) => {
    expect(kinds(normalizedBytes(others[name]))).not.toContain('ChannelNormalization');
  });

  test.each([
    ['of another root', 'share', ['normal', 'two']],
    ['of a sum with another number', 'likely', ['error', 'half']],
    ['that is not halved', 'y', ['weighed', 'two']],
    ['of two things', 'weighed', ['shifted', 'likely']],
  ])('leaves a product alone that is no GELU: %s', (_, name, input) => {
    expect(kinds(normalizedBytes(replaced(name, (node) => ({ ...node, input }))))).not.toContain('Gelu');
  });
});

test('its exponential is as exact as a float32', () => {
  for (let x = -86; x < 88; x += 0.0371)
    expect(Math.abs(exponential(x) / Math.exp(x) - 1)).toBeLessThan(2 ** -24);
  expect([0, -1e4, -Infinity, 1e4, Infinity, Number.NaN].map(exponential)).toEqual([
    1,
    0,
    0,
    Infinity,
    Infinity,
    Number.NaN,
  ]);
});
