/** A voice's encoder without ONNX Runtime, which is the reference. */
import { readFile } from 'node:fs/promises';
import * as ort from 'onnxruntime-web';
import { beforeAll, describe, expect, test } from 'vitest';
import { ofWasm } from '../../../src/adapters/inference/runtimes.ts';
import { floats } from '../../../src/engine/onnx/families/family.ts';
import { openRuntime } from '../../../src/engine/onnx/interpreter/runtime.ts';
import { GraphSession } from '../../../src/engine/onnx/interpreter/session.ts';
import { Unrecognized } from '../../../src/engine/onnx/kernels/graph.ts';
import { cutVoice } from '../../../src/engine/onnx/prepare/cut.ts';
import { decodeModel, encodeModel } from '../../../src/engine/onnx/prepare/model.ts';
import { readModel } from '../../../src/engine/onnx/prepare/read-model.ts';
import { closeness, kernelsBytes, newKernels } from './kernels-support.ts';
import { installed, joe, missing } from './onnx-support.ts';
import { noise, tinyPiper } from './tiny-graph.ts';

const why = missing(joe);
const outputs = ['durations', 'means', 'log_deviations'];

const feedsOf = (symbols: number) => ({
  input: new ort.Tensor(
    'int64',
    BigInt64Array.from({ length: symbols }, (_, at) => BigInt(at % 2 ? 0 : 10 + ((at * 7) % 100))),
    [1, symbols],
  ),
  input_lengths: new ort.Tensor('int64', BigInt64Array.of(BigInt(symbols)), [1]),
  noise: new ort.Tensor('float32', noise(2 * symbols, symbols), [1, 2, symbols]),
});

describe.skipIf(why)(`joe's encoder${why ? ` (${why})` : ''}`, () => {
  let bytes: Uint8Array;
  beforeAll(async () => {
    bytes = await readFile(installed.find(({ id }) => id === joe)?.files.encoder ?? '');
  });

  test('is within 50 dB of ONNX Runtime, one utterance after the other in the same buffers', async () => {
    const reference = await ofWasm(ort, 1).createSession(bytes);
    const session = new GraphSession(newKernels(), readModel(bytes).graph);
    for (const symbols of [41, 5, 41]) {
      const wanted = await reference.run(feedsOf(symbols));
      const got = await session.run(feedsOf(symbols));
      for (const name of outputs) {
        expect(floats(got, name).length).toBe(floats(wanted, name).length);
        expect([symbols, name, closeness(floats(wanted, name), floats(got, name))]).toEqual([
          symbols,
          name,
          expect.toSatisfy((decibels: number) => decibels > 50),
        ]);
      }
    }
  }, 120_000);

  test('leaves nothing of one utterance in the next, and shares its memory with the other parts', async () => {
    const pack = installed.find(({ id }) => id === joe);
    const read = async (role: string) => readFile(pack?.files[role] ?? '');
    const module = new WebAssembly.Module(kernelsBytes());
    const runtime = openRuntime(module);
    const encoder = await runtime.createSession(bytes);
    const alone = floats(await encoder.run(feedsOf(60)), 'means');
    const flow = await runtime.createPart?.(await read('flow'), 'flow');
    await runtime.createPart?.(await read('decoder'), 'vocoder');
    const drawn = new ort.Tensor('float32', noise(192 * 90, 1), [1, 192, 90]);
    const frames = new ort.Tensor('float32', Float32Array.of(90), [1]);
    await flow?.run({ drawn, frames });
    expect(floats(await encoder.run(feedsOf(60)), 'means')).toEqual(alone);
  }, 120_000);
});

test('a graph with an operator that it does not know is refused when it is opened', () => {
  const { graph } = decodeModel(tinyPiper());
  const strange = { ...graph, node: graph.node.map((node) => ({ ...node, opType: 'Strange' })) };
  expect(() => new GraphSession(newKernels(), strange)).toThrow(Unrecognized);
});

test('a model that is read without protobufjs is the same', () => {
  for (const part of Object.values(cutVoice(decodeModel(tinyPiper())))) {
    const bytes = encodeModel(part);
    const { graph: wanted } = decodeModel(bytes);
    const { graph } = readModel(bytes);
    expect(graph.node.map(({ opType, input, output }) => [opType, input, output])).toEqual(
      wanted.node.map(({ opType, input, output }) => [opType, input, output]),
    );
    expect(graph.initializer.map(({ name, dims, dataType }) => [name, dims.map(Number), dataType])).toEqual(
      wanted.initializer.map(({ name, dims, dataType }) => [name, dims.map(Number), dataType]),
    );
    for (const [index, { rawData }] of graph.initializer.entries())
      expect(Buffer.compare(rawData ?? Buffer.of(), wanted.initializer[index]?.rawData ?? Buffer.of())).toBe(
        0,
      );
  }
});

test.each<[string, Uint8Array]>([
  ['no protocol buffer', new TextEncoder().encode('<html>not found</html>')],
  ['nothing', new Uint8Array()],
  ['a field that is longer than the file', Uint8Array.of(0x3a, 0xff, 0x7f)],
  ['a number without an end', new Uint8Array(40).fill(0xff)],
])('%s is no model', (_, bytes) => {
  expect(() => readModel(bytes)).toThrow('not an ONNX model');
});
