import type { PackToLoad, SpeakingFamily } from './protocol.ts';

/** A worker by itself: its thread, ONNX Runtime, the dictionary. */
const WORKER_BYTES = 60e6;
/** What a pack adds to it while it speaks. WebAssembly's memory never shrinks, so it is the most that counts. */
const PACK_BYTES: Readonly<Record<SpeakingFamily, number>> = { piper: 120e6, kokoro: 400e6 };

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

function bytesOf({ packs }: Pick<MemoryHolder, 'packs'>): number {
  if (packs.size === 0) return 0;
  return [...packs.values()].reduce((sum, family) => sum + PACK_BYTES[family], WORKER_BYTES);
}

/** What a worker with this pack alone takes. */
export function bytesFor({ family }: Pick<PackToLoad, 'family'>): number {
  return WORKER_BYTES + PACK_BYTES[family];
}

/**
 * The workers that must end so that `holder`, which has nothing else to do, can hold `pack` too: those first that were not used for
 * longest, itself among them. Undefined where the memory does not suffice, as things stand.
 */
export function whoMustEnd<Holder extends MemoryHolder>(
  holder: Holder,
  { id, family }: Pick<PackToLoad, 'id' | 'family'>,
  all: readonly Holder[],
  maxBytes: number,
): readonly Holder[] | undefined {
  if (holder.packs.has(id)) return [];
  const ending: Holder[] = [];
  const needed = (): number => {
    const kept = all.filter((one) => !ending.includes(one)).reduce((sum, one) => sum + bytesOf(one), 0);
    const isAdded = holder.packs.size > 0 && !ending.includes(holder);
    return kept + (isAdded ? PACK_BYTES[family] : bytesFor({ family }));
  };
  const idle = all
    .filter((one) => one.packs.size > 0 && one.jobs === 0 && (one === holder || !one.busy))
    .toSorted((a, b) => a.usedAt - b.usedAt);
  for (const one of idle) {
    if (needed() <= maxBytes) break;
    ending.push(one);
  }
  return needed() <= maxBytes ? ending : undefined;
}
