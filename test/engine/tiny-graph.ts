/** Small ONNX graphs for the prepare tests, written with the project's own encoder. */
import {
  encodeModel,
  type Model,
  type Node,
  node,
  type Tensor,
} from '../../src/engine/onnx/prepare/model.ts';

const float = 1;
const int64 = 7;

/** The latent's channels; large enough that weights are worth quantizing. */
export const channels = 32;
export const hop = 4;

/** Repeatable numbers around zero. */
export function noise(length: number, seed = 1): Float32Array<ArrayBuffer> {
  let state = seed;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

function weights(name: string, dims: readonly number[], seed: number): Tensor {
  const length = dims.reduce((size, dim) => size * dim, 1);
  return { name, dims, dataType: float, rawData: new Uint8Array(noise(length, seed).buffer) };
}

function integers(name: string, values: readonly number[]): Tensor {
  const rawData = new Uint8Array(BigInt64Array.from(values.map(BigInt)).buffer);
  return { name, dims: [values.length], dataType: int64, rawData };
}

function value(name: string, elemType: number, dims: readonly (number | string)[]): { name: string } {
  const dim = dims.map((size) => (typeof size === 'string' ? { dimParam: size } : { dimValue: size }));
  return { name, type: { tensorType: { elemType, shape: { dim } } } } as { name: string };
}

function convolution(
  opType: string,
  inputs: readonly string[],
  output: string,
  settings: Record<string, number[]>,
): Node {
  const attribute = Object.entries(settings).map(([name, ints]) => ({ name, type: 7, ints }));
  return { ...node(opType, output, inputs, output), attribute };
}

/**
 * A graph in the shape of a Piper voice: float input [1, channels, frames] -> Conv and an If whose branches read the
 * outer graph -> `dec.conv_pre` -> ConvTranspose -> audio [1, 1, frames * hop].
 */
export function tinyPiperModel(): Model {
  const branch = (name: string, factor: string) => ({
    name: 'then_branch' === name ? 'twice' : 'same',
    node: [node('Mul', `${name}_mul`, ['encoded', factor], `${name}_out`)],
    initializer: [],
    input: [],
    output: [value(`${name}_out`, float, [1, channels, 'frames'])],
  });
  const choice: Node = {
    ...node('If', 'choice', ['flag'], 'z'),
    attribute: ['then_branch', 'else_branch'].map((name) => ({
      name,
      type: 5,
      g: branch(name, name === 'then_branch' ? 'two' : 'one'),
    })),
  };
  return {
    irVersion: 8,
    producerName: 'test',
    opsetImport: [{ domain: '', version: 15 }],
    metadataProps: [{ key: 'sample_rate', value: '22050' }],
    graph: {
      name: 'tiny',
      node: [
        convolution('Conv', ['input', 'enc.weight', 'enc.bias'], 'encoded', {
          kernel_shape: [5],
          pads: [2, 2],
        }),
        choice,
        convolution('Conv', ['z', 'dec.conv_pre.weight'], 'pre', { kernel_shape: [5], pads: [2, 2] }),
        convolution('ConvTranspose', ['pre', 'dec.up.weight'], 'up', { kernel_shape: [hop], strides: [hop] }),
        convolution('Conv', ['up', 'dec.post.weight'], 'audio', { kernel_shape: [3], pads: [1, 1] }),
      ],
      initializer: [
        weights('enc.weight', [channels, channels, 5], 2),
        weights('enc.bias', [channels], 3),
        weights('dec.conv_pre.weight', [64, channels, 5], 4),
        weights('dec.up.weight', [64, 32, hop], 5),
        weights('dec.post.weight', [1, 32, 3], 6),
        weights('one', [1], 7),
        weights('two', [1], 8),
        { name: 'flag', dims: [1], dataType: 9, rawData: new Uint8Array([1]) },
        integers('unused', [Number.MAX_SAFE_INTEGER, -1]),
      ],
      input: [value('input', float, [1, channels, 'frames'])],
      output: [value('audio', float, [1, 1, 'samples'])],
      valueInfo: [value('encoded', float, [1, channels, 'frames']), value('pre', float, [1, 64, 'frames'])],
    },
  } as Model;
}

export function tinyPiper(): Uint8Array {
  return encodeModel(tinyPiperModel());
}
