/** Of `assembly/kernels.ts`: raise both when a kernel computes other values or is called otherwise. */
const kernelsVersion = 3;

/** Of how a voice is computed with the kernels. Part of the key of kept speech: raise it when they, a plan or the interpreter make other samples. */
export const computingVersion = 4;

/** Of their memory: what `npm run build:codecs` lets them have. A window of the largest of Piper's vocoders takes a quarter of it. */
export const MOST_PAGES = 4096;

/**
 * What `assembly/kernels.ts` exports. Addresses are bytes in `memory`, strides, lengths and widths count elements: floats, or pairs
 * of 16-bit integers.
 */
export interface Kernels {
  readonly memory: WebAssembly.Memory;
  /** The greatest magnitude of a plane. */
  peak(x: number, stride: number, rows: number, length: number): number;
  /** Values times `positive` or `negative`, by their sign, rounded to the nearest integer; `rows` are even. */
  quantize(
    x: number,
    stride: number,
    rows: number,
    length: number,
    positive: number,
    negative: number,
    q: number,
    qStride: number,
    left: number,
    right: number,
  ): void;
  /**
   * Row r of the result is the sum of all products with its weights, times `unit` and its scale, and its bias; `rows` are a
   * multiple of 4. With `wide` weights are of 8 bits, and that is room for 16 bytes for each pair and tap. With `residual` (0: none), a plane as the result's, and with what stands there already where `accumulate` says so.
   */
  convolve(
    q: number,
    qStride: number,
    pairs: number,
    length: number,
    taps: number,
    dilation: number,
    weights: number,
    scales: number,
    bias: number,
    unit: number,
    rows: number,
    y: number,
    stride: number,
    residual: number,
    accumulate: boolean,
    wide: number,
  ): void;
  /**
   * The product of two matrices of floats: `rows` of `inner` in `a`, one behind the other, times `inner` rows in `b`, to rows in `y`, both
   * `stride` apart; `rows` are a multiple of 4.
   */
  multiply(
    a: number,
    b: number,
    y: number,
    rows: number,
    inner: number,
    length: number,
    stride: number,
  ): void;
  /** Column c of row r * factor + p goes to column c * factor + p - skip of row r, where there is one. */
  weave(
    x: number,
    stride: number,
    columns: number,
    factor: number,
    skip: number,
    rows: number,
    y: number,
    yStride: number,
    length: number,
  ): void;
  /** In place, of values one behind the other; up to three behind the last are overwritten. */
  gelu(x: number, length: number): void;
  /** In place: each row becomes shares that add up to 1, by powers of e. */
  softmax(x: number, stride: number, rows: number, length: number): void;
  /** In place: each column less its mean, over its deviation (to whose square `epsilon` is added), times a gain of each row and an offset. */
  normalize(
    x: number,
    stride: number,
    rows: number,
    length: number,
    gains: number,
    offsets: number,
    epsilon: number,
  ): void;
  tanh(x: number, stride: number, rows: number, length: number): void;
  /** Tanh of `rows` rows times the sigmoid of those behind them, times `limit`, as `quantize` rounds. */
  gate(
    x: number,
    stride: number,
    rows: number,
    length: number,
    limit: number,
    q: number,
    qStride: number,
  ): void;
}

/** @throws Error when `module` is of another version than this program */
export function instantiate(module: WebAssembly.Module): Kernels {
  const exports: Record<string, unknown> = new WebAssembly.Instance(module).exports;
  const { version } = exports;
  if (!(version instanceof WebAssembly.Global) || version.value !== kernelsVersion)
    throw new Error('The kernels are of another version than the program: run npm run build:codecs.');
  return exports as unknown as Kernels;
}
