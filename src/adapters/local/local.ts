import { spawnInference } from '#inference';
import { wasmLoader } from '#wasm';
import type { Clock, Ports } from '../../core/ports.ts';
import type { StateStores } from '../../core/store.ts';
import { createMemoryState } from '../../state/memory/stores.ts';
import { decodeByFfmpeg } from './ffmpeg.ts';
import { readKeysFile } from './keys-file.ts';
import { thisMachine } from './machine.ts';
import { installedPacks } from './packs.ts';
import { upgrade } from './upgrades.ts';

export const localClock: Clock = {
  now: () => performance.now(),
  alarm(ms, ring) {
    const timer = setTimeout(ring, ms);
    return () => clearTimeout(timer);
  },
};

/** Ports of a self-hosted runtime (Node, Bun, Deno): a file system, worker threads, a terminal. */
export function localPorts(options: {
  readonly dataDir: string;
  readonly keysFile: string;
  readonly fetch: Ports['fetch'];
  readonly relay?: Ports['relay'];
  /** Absent: in memory. */
  readonly state?: StateStores;
}): Ports {
  return {
    fetch: options.fetch,
    relay: options.relay,
    upgrade,
    clock: localClock,
    wasm: wasmLoader(),
    packs: () => installedPacks(options.dataDir),
    spawnInference,
    machine: thisMachine,
    decodeOutside: decodeByFfmpeg,
    state: options.state ?? createMemoryState({ maxBytes: DEFAULT_STATE_BYTES }, localClock),
    readKeys: () => readKeysFile(options.keysFile),
    writeLog,
  };
}

const DEFAULT_STATE_BYTES = 256 * 1024 * 1024;

/** Never throws: a disk without room for the log stops no speech. */
export function writeLog(line: string): void {
  try {
    process.stdout.write(`${line}\n`);
  } catch {
    // some runtimes write at once, and throw
  }
}

/** A running server, whatever the runtime. */
export interface Listener {
  readonly host: string;
  readonly port: number;
  /** Stops accepting; resolves once every open connection ended. */
  stop(): Promise<void>;
  /** Cuts what is still open. */
  kill(): void;
}
