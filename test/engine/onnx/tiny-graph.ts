/** Small ONNX graphs for the prepare tests, written with the project's own encoder. */
import {
  encodeModel,
  type Model,
  type Node,
  node,
  type Tensor,
} from '../../../src/engine/onnx/prepare/model.ts';

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

export function weights(name: string, dims: readonly number[], seed: number, most = 1): Tensor {
  const length = dims.reduce((size, dim) => size * dim, 1);
  const values = noise(length, seed).map((weight) => weight * most);
  return { name, dims, dataType: float, rawData: new Uint8Array(values.buffer) };
}

function integers(name: string, values: readonly number[]): Tensor {
  const rawData = new Uint8Array(BigInt64Array.from(values.map(BigInt)).buffer);
  return { name, dims: [values.length], dataType: int64, rawData };
}

export function scalar(name: string, number: number): Tensor {
  return { name, dims: [], dataType: float, rawData: new Uint8Array(Float32Array.of(number).buffer) };
}

export function value(name: string, elemType: number, dims: readonly (number | string)[]): { name: string } {
  const dim = dims.map((size) => (typeof size === 'string' ? { dimParam: size } : { dimValue: size }));
  return { name, type: { tensorType: { elemType, shape: { dim } } } } as { name: string };
}

export function convolution(
  opType: string,
  inputs: readonly string[],
  output: string,
  settings: Record<string, number[]>,
): Node {
  const attribute = Object.entries(settings).map(([name, ints]) => ({ name, type: 7, ints }));
  return { ...node(opType, output, inputs, output), attribute };
}

/** `Where` stands for Cast, which takes an attribute of another kind. */
function asNumbers(truth: string, output: string): Node {
  return node('Where', output, [truth, 'one', 'zero'], output);
}

/** What VITS does to draw `z_p` [1, channels, frames] from `m_p` and `logs_p` [1, channels, symbols]. */
function drawing(): Node[] {
  const scale = (index: string) => node('Gather', `scale_${index}`, ['scales', index], `scale_${index}`);
  const transposed = (from: string, to: string) => convolution('Transpose', [from], to, { perm: [0, 2, 1] });
  const expanded = (name: string) => [
    transposed(name, `${name}_t`),
    node('MatMul', `${name}_frames`, ['alignment', `${name}_t`], `${name}_frames`),
    transposed(`${name}_frames`, `${name}_expanded`),
  ];
  return [
    scale('at_0'),
    scale('at_1'),
    scale('at_2'),
    convolution('Conv', ['input', 'dp.wide.weight'], 'dp_wide', { kernel_shape: [5], pads: [2, 2] }),
    convolution('Conv', ['dp_wide', 'dp.pre.weight'], 'dp_pre', { kernel_shape: [1] }),
    node('RandomNormalLike', 'dp_normal', ['dp_pre'], 'dp_normal'),
    node('Mul', 'dp_noise', ['dp_normal', 'scale_at_2'], 'dp_noise'),
    node('Add', 'dp_sum', ['dp_pre', 'dp_noise'], 'dp_sum'),
    convolution('Conv', ['dp_sum', 'dp.proj.weight'], 'log_duration', { kernel_shape: [1] }),
    node('Exp', 'duration', ['log_duration'], 'duration'),
    node('Mul', 'scaled', ['duration', 'scale_at_1'], 'scaled'),
    node('Ceil', 'whole', ['scaled'], 'whole'),
    node('ReduceSum', 'sum', ['whole', 'axes_1_2'], 'sum', { keepdims: 0 }),
    node('Clip', 'clipped', ['sum', 'one'], 'clipped'),
    node('Squeeze', 'count', ['clipped'], 'count'),
    node('Range', 'range', ['zero', 'count', 'one'], 'range'),
    node('Unsqueeze', 'places', ['range', 'axes_0_2'], 'places'),
    node('CumSum', 'ends', ['whole', 'at_2'], 'ends'),
    node('Sub', 'begins', ['ends', 'whole'], 'begins'),
    node('Less', 'before_end', ['places', 'ends'], 'before_end'),
    node('GreaterOrEqual', 'begun', ['places', 'begins'], 'begun'),
    node('And', 'aligned', ['before_end', 'begun'], 'aligned'),
    asNumbers('aligned', 'alignment'),
    ...expanded('m_p'),
    ...expanded('logs_p'),
    node('RandomNormalLike', 'normal', ['m_p_expanded'], 'normal'),
    node('Exp', 'deviation', ['logs_p_expanded'], 'deviation'),
    node('Mul', 'deviated', ['normal', 'deviation'], 'deviated'),
    node('Mul', 'noised', ['deviated', 'scale_at_0'], 'noised'),
    node('Add', 'z_p', ['m_p_expanded', 'noised'], 'z_p'),
    node('Unsqueeze', 'row', ['range', 'axes_0_1'], 'row'),
    node('Less', 'in_time', ['row', 'clipped'], 'in_time'),
  ];
}

/**
 * A graph in the shape of a Piper voice: float input [1, channels, symbols] -> Conv and an If whose branches read the outer
 * graph -> latents of as many frames as the symbols last -> `dec.conv_pre` -> ConvTranspose -> audio [1, 1, frames * hop].
 */
export function tinyPiperModel(): Model {
  const branch = (name: string, factor: string) => ({
    name: 'then_branch' === name ? 'twice' : 'same',
    node: [node('Mul', `${name}_mul`, ['encoded', factor], `${name}_out`)],
    initializer: [],
    input: [],
    output: [value(`${name}_out`, float, [1, channels, 'symbols'])],
  });
  const choice: Node = {
    ...node('If', 'choice', ['flag'], 'm_p'),
    attribute: ['then_branch', 'else_branch'].map((name) => ({
      name,
      type: 5,
      g: branch(name, name === 'then_branch' ? 'two' : 'one_row'),
    })),
  };
  const wide = { kernel_shape: [5], pads: [2, 2] };
  return {
    irVersion: 8,
    producerName: 'test',
    opsetImport: [{ domain: '', version: 15 }],
    metadataProps: [{ key: 'sample_rate', value: '22050' }],
    graph: {
      name: 'tiny',
      node: [
        convolution('Conv', ['input', 'enc.weight', 'enc.bias'], 'encoded', wide),
        choice,
        convolution('Conv', ['encoded', 'enc.logs.weight'], 'logs_p', { kernel_shape: [1] }),
        ...drawing(),
        asNumbers('in_time', 'mask'),
        node('Mul', 'masked', ['z_p', 'mask'], 'masked'),
        convolution('Conv', ['masked', 'flow.weight'], 'z', wide),
        convolution('Conv', ['z', 'dec.conv_pre.weight'], 'pre', wide),
        convolution('ConvTranspose', ['pre', 'dec.up.weight'], 'up', { kernel_shape: [hop], strides: [hop] }),
        convolution('Conv', ['up', 'dec.post.weight'], 'audio', { kernel_shape: [3], pads: [1, 1] }),
      ],
      initializer: [
        weights('enc.weight', [channels, channels, 5], 2),
        weights('enc.bias', [channels], 3),
        weights('enc.logs.weight', [channels, channels, 1], 9, 0.05),
        weights('dp.wide.weight', [channels, channels, 5], 13, 0.05),
        weights('dp.pre.weight', [2, channels, 1], 10),
        weights('dp.proj.weight', [1, 2, 1], 11),
        weights('flow.weight', [channels, channels, 5], 12),
        weights('dec.conv_pre.weight', [64, channels, 5], 4),
        weights('dec.up.weight', [64, 32, hop], 5),
        weights('dec.post.weight', [1, 32, 3], 6),
        weights('one_row', [1], 7),
        weights('two', [1], 8),
        scalar('zero', 0),
        scalar('one', 1),
        ...[0, 1, 2].map((at) => ({ ...integers(`at_${at}`, [at]), dims: [] })),
        integers('axes_0_1', [0, 1]),
        integers('axes_0_2', [0, 2]),
        integers('axes_1_2', [1, 2]),
        { name: 'flag', dims: [1], dataType: 9, rawData: new Uint8Array([1]) },
        integers('unused', [Number.MAX_SAFE_INTEGER, -1]),
      ],
      input: [value('input', float, [1, channels, 'symbols']), value('scales', float, [3])],
      output: [value('audio', float, [1, 1, 'samples'])],
      valueInfo: [value('encoded', float, [1, channels, 'symbols']), value('pre', float, [1, 64, 'frames'])],
    },
  } as Model;
}

export function tinyPiper(): Uint8Array {
  return encodeModel(tinyPiperModel());
}
