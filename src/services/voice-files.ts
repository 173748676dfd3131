import type { Ports } from '../core/ports.ts';
import type { FileStore } from '../core/store.ts';

const prefix = 'voices/';
const HOUR_MS = 3_600_000;
/** Base of the times in names. */
const BASE = 36;

/**
 * The recordings of voices. A file is written before the record that names it, under a name of its own: whatever dies in
 * between leaves a file that nobody names, and nothing else.
 */
export interface VoiceFiles extends Pick<FileStore, 'get' | 'put' | 'delete'> {
  newName(): string;
  /** Deletes, now and then and beside everything else, what no record names and is older than an hour. Never throws. */
  sweep(named: () => Promise<ReadonlySet<string>>): void;
}

export function createVoiceFiles(
  files: FileStore,
  { clock, background }: Pick<Ports, 'clock' | 'background'>,
): VoiceFiles {
  let sweptAt = Number.NEGATIVE_INFINITY;
  const sweepNow = async (named: () => Promise<ReadonlySet<string>>): Promise<void> => {
    const all = await files.list(prefix); // first: what is added meanwhile is not among them
    const old = all.filter(({ name }) => clock.wallNow() - writtenAt(name) > HOUR_MS);
    if (old.length === 0) return;
    const needed = await named();
    for (const { name } of old) if (!needed.has(name)) await files.delete(name);
  };
  return {
    get: (name) => files.get(name),
    put: (name, bytes) => files.put(name, bytes),
    delete: (name) => files.delete(name),
    newName: () => `${prefix}${clock.wallNow().toString(BASE)}-${crypto.randomUUID()}`,
    sweep(named) {
      if (clock.now() - sweptAt < HOUR_MS) return;
      sweptAt = clock.now();
      const sweeping = sweepNow(named).catch(() => {});
      background?.(sweeping);
    },
  };
}

/** Milliseconds since 1970; of another's file NaN, which is older than nothing. */
function writtenAt(name: string): number {
  return Number.parseInt(name.slice(prefix.length).split('-', 1)[0] ?? '', BASE);
}
