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

/** A convolution by rows of its result: a weight's place is where its row begins, and so much further for each input and tap. */
interface Layout {
  readonly rows: number;
  readonly inputs: number;
  readonly taps: number;
  readonly dilation: number;
  /** By which scales and the bias are found. */
  channelOf(row: number): number;
  beginOf(row: number): number;
  readonly inputStep: number;
  readonly tapStep: number;
  /** Taps before it are zeros. */
  firstTapOf(row: number): number;
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
    beginOf: (row) => row * inputs * taps,
    inputStep: taps,
    tapStep: 1,
    firstTapOf: () => 0,
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
    beginOf: (row) => Math.floor(row / stride) * size + (row % stride) + stride * (taps - 1),
    inputStep: channels * size,
    tapStep: -stride,
    firstTapOf: (row) => Number((row % stride) + stride * (taps - 1) >= size),
  });
}

function pack(weights: Weights, bias: Float32Array | undefined, layout: Layout): PackedConvolution {
  const { rows, inputs, taps, dilation } = layout;
  if (inputs % 2 !== 0) throw new Unrecognized('A convolution has an odd number of input channels.');
  const padded = Math.ceil(rows / 4) * 4;
  const pairs = inputs / 2;
  const count = padded * inputs * taps;
  const packed = weights.scales ? new Int8Array(count) : new Int16Array(count);
  const rounded = weights.scales ? undefined : roundRows(weights.values, layout);
  const scales = new Float32Array(padded);
  const biases = new Float32Array(padded);
  let most = 1;
  for (let row = 0; row < rows; row++) {
    const channel = layout.channelOf(row);
    scales[row] = weights.scales?.[channel] ?? rounded?.scales[row] ?? 0;
    biases[row] = bias?.[channel] ?? 0;
    const sum = packRow(rounded?.integers ?? weights.values, layout, row, packed);
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

/** All weights of a voice go through it while somebody waits for its first sound: it calls nothing. Returns the sum of their magnitudes. */
function packRow(
  integers: ArrayLike<number>,
  layout: Layout,
  row: number,
  packed: Int8Array | Int16Array,
): number {
  const { inputs, taps, inputStep, tapStep } = layout;
  const [begin, first] = [layout.beginOf(row), layout.firstTapOf(row)];
  let sum = 0;
  for (let input = 0; input < inputs; input++) {
    let from = begin + input * inputStep + first * tapStep;
    const group = ((row >> 2) * (inputs >> 1) + (input >> 1)) * taps + first;
    let to = group * 8 + (row & 3) * 2 + (input & 1);
    for (let tap = first; tap < taps; tap++, from += tapStep, to += 8) {
      const value = integers[from]!;
      packed[to] = value;
      sum += value < 0 ? -value : value;
    }
  }
  return sum;
}

/** Floats in steps of a scale for each row. */
function roundRows(
  values: ArrayLike<number>,
  layout: Layout,
): { readonly integers: Int16Array; readonly scales: Float64Array } {
  const { rows, inputs, taps, inputStep, tapStep } = layout;
  const integers = new Int16Array(values.length);
  const scales = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    const places: number[] = [];
    for (let input = 0; input < inputs; input++)
      for (let tap = layout.firstTapOf(row); tap < taps; tap++)
        places.push(layout.beginOf(row) + input * inputStep + tap * tapStep);
    const most = places.reduce((peak, at) => Math.max(peak, Math.abs(values[at] ?? 0)), 0);
    const scale = most / MOST_WEIGHT;
    scales[row] = scale;
    if (scale > 0) for (const at of places) integers[at] = Math.round((values[at] ?? 0) / scale);
  }
  return { integers, scales };
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
