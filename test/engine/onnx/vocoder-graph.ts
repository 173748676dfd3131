/** Vocoders in the shape of HiFi-GAN's generator, small, with any number of stages and branches. */
import { type Model, type Node, node, type Tensor } from '../../../src/engine/onnx/prepare/model.ts';
import { quantizeConvolutions } from '../../../src/engine/onnx/prepare/quantize.ts';
import { convolution, scalar, value, weights } from './tiny-graph.ts';

export const latentChannels = 24;
const float = 1;

interface VocoderShape {
  /** Of the first convolution; a half of them after each stage. */
  readonly channels: number;
  /** Factor and kernel of each stage. */
  readonly stages: readonly (readonly [factor: number, kernel: number])[];
  /** Kernels and dilations of each branch. */
  readonly branches: readonly (readonly [kernel: number, dilations: readonly number[]])[];
  /** As HiFi-GAN has them: 1 has two convolutions for each dilation, 2 has one. */
  readonly resblock: 1 | 2;
}

/** As Piper's medium voices. */
export const medium: VocoderShape = {
  channels: 64,
  stages: [
    [4, 8],
    [2, 4],
  ],
  branches: [
    [3, [1, 2]],
    [5, [2, 6]],
    [7, [3, 12]],
  ],
  resblock: 2,
};

/** As Piper's high ones; kernels and factors that do not divide each other. */
export const high: VocoderShape = {
  channels: 32,
  stages: [
    [3, 7],
    [2, 2],
  ],
  branches: [
    [3, [1, 3]],
    [11, [1, 5]],
  ],
  resblock: 1,
};

/** Its weights are int8 as `fish-ctl models pull` prepares them, where they are many. */
export function vocoder({ channels, stages, branches, resblock }: VocoderShape): Model {
  const nodes: Node[] = [];
  const initializer: Tensor[] = [scalar('branches', branches.length)];
  let seed = 1;
  const weigh = (name: string, dims: readonly number[], fanIn: number): void => {
    initializer.push(weights(name, dims, ++seed, 1.5 / Math.sqrt(fanIn)));
  };
  const rectify = (from: string, to: string): string => {
    nodes.push({
      ...node('LeakyRelu', to, [from], to),
      attribute: [{ name: 'alpha', type: 1, f: 0.1 }] as never,
    });
    return to;
  };
  const convolve = (from: string, to: string, rows: number, inputs: number, kernel: number, dilation = 1) => {
    weigh(`${to}.weight`, [rows, inputs, kernel], inputs * kernel);
    initializer.push(weights(`${to}.bias`, [rows], ++seed, 0.1));
    const around = ((kernel - 1) / 2) * dilation;
    const settings = {
      dilations: [dilation],
      kernel_shape: [kernel],
      pads: [around, around],
      strides: [1],
    };
    nodes.push(convolution('Conv', [from, `${to}.weight`, `${to}.bias`], to, settings));
    return to;
  };
  const add = (a: string, b: string, to: string): string => {
    nodes.push(node('Add', to, [a, b], to));
    return to;
  };

  let at = convolve('latent', 'pre', channels, latentChannels, 7);
  for (const [stage, [factor, kernel]] of stages.entries()) {
    const inputs = channels / 2 ** stage;
    const rows = inputs / 2;
    const up = `up${stage}`;
    weigh(`${up}.weight`, [inputs, rows, kernel], (inputs * kernel) / factor);
    const cut = kernel - factor;
    const settings = {
      kernel_shape: [kernel],
      pads: [Math.floor(cut / 2), Math.ceil(cut / 2)],
      strides: [factor],
    };
    nodes.push(convolution('ConvTranspose', [rectify(at, `${up}_in`), `${up}.weight`], up, settings));
    const ends = branches.map(([size, dilations], branch) => {
      let x = up;
      for (const [index, dilation] of dilations.entries()) {
        const name = `block${stage}_${branch}_${index}`;
        const first = convolve(rectify(x, `${name}_in`), `${name}a`, rows, rows, size, dilation);
        const last =
          resblock === 2 ? first : convolve(rectify(first, `${name}_between`), `${name}b`, rows, rows, size);
        x = add(last, x, `${name}_sum`);
      }
      return x;
    });
    const sum = ends.reduce((a, b, branch) => add(a, b, `sum${stage}_${branch}`));
    nodes.push(node('Div', `mean${stage}`, [sum, 'branches'], `mean${stage}`));
    at = `mean${stage}`;
  }
  const post = convolve(rectify(at, 'post_in'), 'post', 1, channels / 2 ** stages.length, 7);
  nodes.push(node('Tanh', 'audio', [post], 'audio'));
  return quantizeConvolutions({
    irVersion: 8,
    opsetImport: [{ domain: '', version: 15 }],
    graph: {
      name: 'vocoder',
      node: nodes,
      initializer,
      input: [value('latent', float, [1, latentChannels, 'frames'])],
      output: [value('audio', float, [1, 1, 'samples'])],
    },
  });
}
