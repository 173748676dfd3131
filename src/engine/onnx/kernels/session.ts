import { type Outputs, type Session, WANTED } from '../families/family.ts';
import { Arena, type Layout, type Window, windowOf } from './arena.ts';
import { KernelMemory, type PlacedWeights } from './memory.ts';
import { type Kernels, MOST_PAGES } from './module.ts';
import type { PackedConvolution } from './pack-weights.ts';
import type { Convolve, Gate, Plan, Plane, Quantize, Step, Tanh, Weave } from './plan.ts';
import { type Reach, reachOf } from './reach.ts';

const PAGE = 65_536;
/** Bytes of two 16-bit integers. */
const PAIR = 4;
/** The longest window of a voice, and some more: so much must fit into the memory of the kernels. */
const WINDOW_FRAMES = 256;

type Feeds = Readonly<Record<string, { readonly data: unknown }>>;

/** Runs a plan as ONNX Runtime would run its graph. */
export class KernelSession implements Session {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  readonly #kernels: Kernels;
  readonly #plan: Plan;
  readonly #memory: KernelMemory;
  readonly #placed: ReadonlyMap<PackedConvolution, PlacedWeights>;
  readonly #arena: Arena;
  readonly #reach: Reach;
  /** What an integer of a step stands for, in the window at hand. */
  readonly #units = new Map<Quantize | Gate, number>();

  /**
   * Takes the plan's weights. @param memory that it shares with others of which none runs at the same time
   * @throws RangeError when the memory that the kernels may have is too small
   */
  constructor(kernels: Kernels, plan: Plan, memory: KernelMemory = new KernelMemory(kernels)) {
    this.#reach = reachOf(plan);
    this.inputNames = this.#reach.size > 0 ? [plan.input, WANTED] : [plan.input];
    this.outputNames = [plan.output];
    this.#kernels = kernels;
    this.#plan = plan;
    this.#memory = memory;
    const packed = plan.steps.flatMap((step) => (step.kind === 'convolve' ? [step.packed] : []));
    this.#arena = new Arena(plan);
    const weights = packed.reduce((sum, each) => sum + each.weights.byteLength, memory.end);
    const most = this.#arena.layout(this.#windowIn({}, WINDOW_FRAMES), weights).end;
    if (most > MOST_PAGES * PAGE) throw new RangeError(`A window needs ${most} bytes.`);
    this.#placed = new Map(packed.map((each) => [each, memory.place(each)]));
  }

  /**
   * @param feeds float32 [1, rows, frames] by the name of the graph's input; as `WANTED` two numbers, the first frame of which samples
   * are wanted and the one behind the last: the others are there to be seen
   */
  async run(feeds: Feeds): Promise<Outputs> {
    const { input, counts, output, first, last, steps } = this.#plan;
    const data = floatsIn(feeds, input);
    const frames = data.length / first.reduce((sum, { rows }) => sum + rows, 0);
    if (!Number.isInteger(frames) || frames === 0) throw new RangeError(`${input} is of another size.`);
    if (counts !== undefined && floatsIn(feeds, counts)[0] !== frames)
      throw new RangeError(`${counts} is another number.`);
    const window = this.#windowIn(feeds, frames);
    const layout = this.#arena.layout(window, this.#memory.end);
    this.#memory.reserve(layout.end);
    let row = 0;
    for (const plane of first) {
      this.#write(data.subarray(row * frames), plane, layout);
      row += plane.rows;
    }
    for (const step of steps) this.#run(step, layout);
    return { [output]: { data: joined(last.map((plane) => this.#read(plane, layout))) } };
  }

  async release(): Promise<void> {}

  #windowIn(feeds: Feeds, frames: number): Window {
    const [from = 0, to = frames] = feeds[WANTED] ? floatsIn(feeds, WANTED) : [];
    const isSpan = Number.isInteger(from) && Number.isInteger(to) && from >= 0 && from < to && to <= frames;
    if (!isSpan) throw new RangeError(`Frames from ${from} to ${to} are wanted of ${frames}.`);
    return windowOf(frames, from, to, this.#reach);
  }

  #write(data: Float32Array, plane: Plane, layout: Layout): void {
    const { frames } = layout.window;
    const floats = new Float32Array(this.#kernels.memory.buffer, layout.at(plane));
    const stride = layout.stride(plane);
    for (let row = 0; row < plane.rows; row++)
      floats.set(data.subarray(row * frames, (row + 1) * frames), row * stride);
  }

  /** Of the frames that are wanted. */
  #read(plane: Plane, layout: Layout): Float32Array<ArrayBuffer> {
    const { from, to, cut } = layout.window;
    const skip = (from - cut(plane.hop).from) * plane.hop;
    const columns = (to - from) * plane.hop;
    const floats = new Float32Array(this.#kernels.memory.buffer, layout.at(plane));
    const stride = layout.stride(plane);
    const data = new Float32Array(plane.rows * columns);
    for (let row = 0; row < plane.rows; row++)
      data.set(floats.subarray(row * stride + skip, row * stride + skip + columns), row * columns);
    return data;
  }

  #run(step: Step, layout: Layout): void {
    if (step.kind === 'quantize') this.#quantize(step, layout);
    else if (step.kind === 'convolve') this.#convolve(step, layout);
    else if (step.kind === 'weave') this.#weave(step, layout);
    else if (step.kind === 'gate') this.#gate(step, layout);
    else this.#tanh(step, layout);
  }

  #gate(step: Gate, layout: Layout): void {
    const { from, to, limit } = step;
    this.#units.set(step, 1 / limit);
    this.#kernels.gate(
      layout.at(from),
      layout.stride(from),
      from.rows / 2,
      layout.columns(from),
      limit,
      layout.at(to),
      layout.stride(to),
    );
  }

  #tanh({ to }: Tanh, layout: Layout): void {
    this.#kernels.tanh(layout.at(to), layout.stride(to), to.rows, layout.columns(to));
  }

  /** The greatest magnitude becomes `limit`: floats are rounded to 24 bits, so no product is rounded beyond it. */
  #quantize(step: Quantize, layout: Layout): void {
    const { from, to, scale, slope, limit, left, right } = step;
    const columns = layout.columns(from);
    const stride = layout.stride(from);
    const peak = this.#kernels.peak(layout.at(from), stride, from.rows, columns);
    const factor = peak > 0 ? limit / peak : 0;
    this.#units.set(step, peak > 0 ? (scale * peak) / limit : 0);
    this.#kernels.quantize(
      layout.at(from),
      stride,
      from.rows,
      columns,
      factor,
      factor * slope,
      layout.at(to),
      layout.stride(to),
      left,
      right,
    );
  }

  #convolve({ from, to, packed, left, residual, accumulates }: Convolve, layout: Layout): void {
    const placed = this.#placed.get(packed);
    if (!placed) throw new Error('A convolution has no weights.');
    const { pairs, taps, dilation, rows } = packed;
    this.#kernels.convolve(
      layout.at(from.to) + (from.left - left) * PAIR,
      layout.stride(from.to),
      pairs,
      layout.columns(to),
      taps,
      dilation,
      placed.weights,
      placed.scales,
      placed.bias,
      this.#units.get(from) ?? Number.NaN,
      rows,
      layout.at(to),
      layout.stride(to),
      residual ? layout.at(residual) : 0,
      accumulates,
      placed.wide,
    );
  }

  /** What does not reach the samples is cut off on the way. */
  #weave({ from, to, factor, skip }: Weave, layout: Layout): void {
    const { cut } = layout.window;
    const gone = (cut(to.hop).from - cut(from.hop).from) * to.hop;
    this.#kernels.weave(
      layout.at(from),
      layout.stride(from),
      layout.columns(from),
      factor,
      skip + gone,
      to.rows,
      layout.at(to),
      layout.stride(to),
      layout.columns(to),
    );
  }
}

function floatsIn(feeds: Feeds, name: string): Float32Array {
  const data = feeds[name]?.data;
  if (!(data instanceof Float32Array)) throw new TypeError(`${name} is not float32.`);
  return data;
}

function joined(parts: readonly Float32Array<ArrayBuffer>[]): Float32Array<ArrayBuffer> {
  const [only] = parts;
  if (only && parts.length === 1) return only;
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
