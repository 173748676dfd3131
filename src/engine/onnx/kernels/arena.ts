import type { Plan, Plane, Step } from './plan.ts';
import type { Reach } from './reach.ts';

const BYTES = 4;
/** Kernels may read and write so many columns behind the last one of a row. */
const BEHIND = 8;
/** Rows and slots begin at multiples of what a SIMD load takes. */
const ALIGNMENT = 16;
/** Rows that are so many columns apart would push each other out of the cache. */
const CONFLICT = 1024;

/** Where planes lie for so many frames, and how many of them planes have. */
export interface Layout {
  readonly window: Window;
  /** Behind the last byte. */
  readonly end: number;
  at(plane: Plane): number;
  columns(plane: Plane): number;
  /** Columns from one row's begin to the next one's. */
  stride(plane: Plane): number;
}

/** The frames that a run is given, those of which samples are wanted, and those that planes of a hop have. */
export interface Window {
  readonly frames: number;
  readonly from: number;
  readonly to: number;
  cut(hop: number): { readonly from: number; readonly to: number };
}

export function windowOf(frames: number, from: number, to: number, reach: Reach): Window {
  return {
    frames,
    from,
    to,
    cut(hop) {
      const around = reach.get(hop) ?? Number.POSITIVE_INFINITY;
      return { from: Math.max(0, from - around), to: Math.min(frames, to + around) };
    },
  };
}

function columnsOf({ hop, extra }: Plane, window: Window): number {
  const { from, to } = window.cut(hop);
  return hop * (to - from) + extra;
}

function strideOf(plane: Plane, window: Window): number {
  const stride = align(columnsOf(plane, window) + BEHIND);
  return stride % CONFLICT === 0 ? stride + ALIGNMENT : stride;
}

/** Convolutions write rows in fours. */
function bytesOf(plane: Plane, window: Window): number {
  return Math.ceil(plane.rows / 4) * 4 * strideOf(plane, window) * BYTES;
}

function align(count: number): number {
  return Math.ceil(count / ALIGNMENT) * ALIGNMENT;
}

/** Memory for the planes of a plan: those that are never needed at once share a slot. */
export class Arena {
  readonly #slotOf: ReadonlyMap<Plane, number>;

  constructor(plan: Pick<Plan, 'first' | 'last' | 'steps'>) {
    this.#slotOf = shareSlots(plan);
  }

  /** @param begin address of the first byte */
  layout(window: Window, begin: number): Layout {
    const sizes: number[] = [];
    for (const [plane, slot] of this.#slotOf)
      sizes[slot] = Math.max(sizes[slot] ?? 0, align(bytesOf(plane, window)));
    const begins: number[] = [];
    let end = align(begin);
    for (const size of sizes) {
      begins.push(end);
      end += size;
    }
    const at = (plane: Plane): number => begins[this.#slotOf.get(plane) ?? -1] ?? Number.NaN;
    return {
      window,
      end,
      at,
      columns: (plane) => columnsOf(plane, window),
      stride: (plane) => strideOf(plane, window),
    };
  }
}

/** What a step reads is still there while it writes. */
function shareSlots({ first, last, steps }: Pick<Plan, 'first' | 'last' | 'steps'>): Map<Plane, number> {
  const lastUse = new Map<Plane, number>();
  for (const [index, step] of steps.entries()) for (const plane of planesOf(step)) lastUse.set(plane, index);
  for (const plane of last) lastUse.set(plane, steps.length);
  const slotOf = new Map(first.map((plane, slot) => [plane, slot]));
  const widths = first.map(widthOf);
  const free = new Set<number>();
  for (const [index, step] of steps.entries()) {
    if (!slotOf.has(step.to)) {
      const slot = fittingSlot(free, widths, widthOf(step.to));
      widths[slot] = Math.max(widths[slot] ?? 0, widthOf(step.to));
      slotOf.set(step.to, slot);
      free.delete(slot);
    }
    for (const plane of planesOf(step)) {
      const slot = slotOf.get(plane);
      if (lastUse.get(plane) === index && slot !== undefined) free.add(slot);
    }
  }
  return slotOf;
}

/** The smallest free slot that is wide enough, else the widest one, which grows, else a new one. */
function fittingSlot(free: ReadonlySet<number>, widths: readonly number[], width: number): number {
  const byWidth = [...free].sort((a, b) => (widths[a] ?? 0) - (widths[b] ?? 0));
  return byWidth.find((slot) => (widths[slot] ?? 0) >= width) ?? byWidth.at(-1) ?? widths.length;
}

/** Of a frame. */
function widthOf({ rows, hop }: Plane): number {
  return rows * hop;
}

function planesOf(step: Step): Plane[] {
  switch (step.kind) {
    case 'quantize':
    case 'gate':
    case 'weave':
      return [step.from, step.to];
    case 'convolve':
      return [step.from.to, step.to, ...(step.residual ? [step.residual] : [])];
    case 'tanh':
      return [step.to];
  }
}
