import type { PackToLoad, SpeakingFamily } from './protocol.ts';

/** A worker by itself: its thread, its code, the dictionary. */
const WORKER_BYTES = 50e6;
/**
 * What a pack adds to it while it speaks, as measured on Node. WebAssembly's memory never shrinks, so it is the most that counts.
 * Piper's voices need ONNX Runtime only where the kernels do not compute them.
 */
const PACK_BYTES: Readonly<Record<SpeakingFamily | 'piper by ONNX Runtime', number>> = {
  piper: 75e6,
  'piper by ONNX Runtime': 190e6,
  kokoro: 410e6,
};

/** A worker, as far as memory goes. */
export interface MemoryHolder {
  /** What it has loaded, or is about to. */
  readonly packs: ReadonlyMap<string, SpeakingFamily>;
  /** Speech that goes on in it. */
  readonly jobs: number;
  readonly busy: boolean;
  /** In the clock's milliseconds. */
  readonly usedAt: number;
}

/** What the workers may hold, and whether kernels of our own compute Piper's voices. */
export interface MemoryBound {
  readonly maxBytes: number;
  readonly kernels: boolean;
}

type Kernels = Pick<MemoryBound, 'kernels'>;

function packBytes(family: SpeakingFamily, { kernels }: Kernels): number {
  return PACK_BYTES[family === 'piper' && !kernels ? 'piper by ONNX Runtime' : family];
}

function bytesOf({ packs }: Pick<MemoryHolder, 'packs'>, kernels: Kernels): number {
  if (packs.size === 0) return 0;
  return [...packs.values()].reduce((sum, family) => sum + packBytes(family, kernels), WORKER_BYTES);
}

/** What a worker with this pack alone takes. */
export function bytesFor({ family }: Pick<PackToLoad, 'family'>, kernels: Kernels): number {
  return WORKER_BYTES + packBytes(family, kernels);
}

/**
 * The workers that must end so that `holder`, which has nothing else to do, can hold `pack` too: those first that were not used for
 * longest, itself among them. Undefined where the memory does not suffice, as things stand.
 */
export function whoMustEnd<Holder extends MemoryHolder>(
  holder: Holder,
  { id, family }: Pick<PackToLoad, 'id' | 'family'>,
  all: readonly Holder[],
  bound: MemoryBound,
): readonly Holder[] | undefined {
  if (holder.packs.has(id)) return [];
  const ending: Holder[] = [];
  const needed = (): number => {
    const kept = all
      .filter((one) => !ending.includes(one))
      .reduce((sum, one) => sum + bytesOf(one, bound), 0);
    const isAdded = holder.packs.size > 0 && !ending.includes(holder);
    return kept + (isAdded ? packBytes(family, bound) : bytesFor({ family }, bound));
  };
  const idle = all
    .filter((one) => one.packs.size > 0 && one.jobs === 0 && (one === holder || !one.busy))
    .toSorted((a, b) => a.usedAt - b.usedAt);
  for (const one of idle) {
    if (needed() <= bound.maxBytes) break;
    ending.push(one);
  }
  return needed() <= bound.maxBytes ? ending : undefined;
}
