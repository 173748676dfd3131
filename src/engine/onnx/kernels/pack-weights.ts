import { Unrecognized, type Weights } from './graph.ts';

/** A convolution as `Kernels.convolve` reads it. */
export interface PackedConvolution {
  /**
   * In fours of rows: of each pair of input rows and each tap, four pairs; 8 bits where that is what the graph has. Given up once the
   * kernels have them: it is most of a voice.
   */
  weights: Int8Array<ArrayBuffer> | Int16Array<ArrayBuffer>;
  readonly scales: Float32Array;
  readonly bias: Float32Array;
  /** A multiple of 4: rows behind the last one are zeros. */
  readonly rows: number;
  /** Of input rows. */
  readonly pairs: number;
  readonly taps: number;
  readonly dilation: number;
  /** The greatest magnitude of integers that it may be given. */
  readonly limit: number;
}

/** A convolution by rows of its result: `weightAt` is an index into the weights, undefined for a zero. */
interface Layout {
  readonly rows: number;
  readonly inputs: number;
  readonly taps: number;
  readonly dilation: number;
  /** The channel of a row, by which scales and the bias are found. */
  channelOf(row: number): number;
  weightAt(row: number, input: number, tap: number): number | undefined;
}

const MOST_INT16 = 2 ** 15 - 1;
const MOST_INT32 = 2 ** 31 - 1;
/** What float32 weights become: 12 bits leave as many and more to what they are multiplied by. */
const MOST_WEIGHT = 2 ** 12 - 1;

/** Rows are the output channels. */
export function packConvolution(
  weights: Weights,
  bias: Float32Array | undefined,
  dilation: number,
): PackedConvolution {
  const [rows = 0, inputs = 0, taps = 0] = weights.dims;
  return pack(weights, bias, {
    rows,
    inputs,
    taps,
    dilation,
    channelOf: (row) => row,
    weightAt: (row, input, tap) => (row * inputs + input) * taps + tap,
  });
}

/**
 * A transposed convolution of stride s makes s samples of each column, each by taps of its own: those are s convolutions, its
 * phases, whose rows are woven into one (`Kernels.weave`). The first of t taps meets the column t - 1 before.
 */
export function packPhases(
  weights: Weights,
  bias: Float32Array | undefined,
  stride: number,
): PackedConvolution {
  const [inputs = 0, channels = 0, size = 0] = weights.dims;
  const taps = Math.ceil(size / stride);
  return pack(weights, bias, {
    rows: channels * stride,
    inputs,
    taps,
    dilation: 1,
    channelOf: (row) => Math.floor(row / stride),
    weightAt(row, input, tap) {
      const at = (row % stride) + stride * (taps - 1 - tap);
      return at < size ? (input * channels + Math.floor(row / stride)) * size + at : undefined;
    },
  });
}

function pack(weights: Weights, bias: Float32Array | undefined, layout: Layout): PackedConvolution {
  const { rows, inputs, taps, dilation } = layout;
  if (inputs % 2 !== 0) throw new Unrecognized('A convolution has an odd number of input channels.');
  const padded = Math.ceil(rows / 4) * 4;
  const pairs = inputs / 2;
  const count = padded * inputs * taps;
  const packed = weights.scales ? new Int8Array(count) : new Int16Array(count);
  const scales = new Float32Array(padded);
  const biases = new Float32Array(padded);
  let most = 1;
  for (let row = 0; row < rows; row++) {
    const channel = layout.channelOf(row);
    const values = integersOf(weights, layout, row);
    scales[row] = weights.scales?.[channel] ?? values.scale;
    biases[row] = bias?.[channel] ?? 0;
    let sum = 0;
    for (let input = 0; input < inputs; input++) {
      for (let tap = 0; tap < taps; tap++) {
        const value = values.at(input, tap);
        const group = ((row >> 2) * pairs + (input >> 1)) * taps + tap;
        packed[group * 8 + (row & 3) * 2 + (input & 1)] = value;
        sum += Math.abs(value);
      }
    }
    most = Math.max(most, sum);
  }
  return {
    weights: packed,
    scales,
    bias: biases,
    rows: padded,
    pairs,
    taps,
    dilation,
    limit: limitOf(most),
  };
}

/** The integers of a row: as they are where the graph has integers, else its floats in steps of `scale`. */
function integersOf(
  { values, scales }: Weights,
  { inputs, taps, weightAt }: Layout,
  row: number,
): { readonly scale: number; at(input: number, tap: number): number } {
  const weight = (input: number, tap: number): number => {
    const at = weightAt(row, input, tap);
    return at === undefined ? 0 : (values[at] ?? 0);
  };
  if (scales) return { scale: 1, at: weight };
  let most = 0;
  for (let input = 0; input < inputs; input++)
    for (let tap = 0; tap < taps; tap++) most = Math.max(most, Math.abs(weight(input, tap)));
  const scale = most / MOST_WEIGHT;
  return { scale, at: (input, tap) => (scale > 0 ? Math.round(weight(input, tap) / scale) : 0) };
}

/**
 * Nothing overflows: a sum of products, and each part of it, is at most the sum of a row's weights' magnitudes times the greatest
 * magnitude that they are multiplied by. That is chosen here such that it is below 2^31 for the row with the greatest sum. It is
 * 32767 for most convolutions: of int8 weights, whose magnitudes are 30 on average, a row needs more than 2000 to come below.
 */
function limitOf(sumOfMagnitudes: number): number {
  const limit = Math.min(MOST_INT16, Math.floor(MOST_INT32 / sumOfMagnitudes));
  if (limit < MIN_LIMIT) throw new Unrecognized('A convolution has too many weights.');
  return limit;
}

/** 10 bits: with less, rounding would be heard. */
const MIN_LIMIT = 2 ** 10;
