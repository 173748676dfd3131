import { spawnInference } from '#inference';
import { wasmLoader } from '#wasm';
import type { Clock, Ports } from '../ports.ts';
import { installedPacks } from './packs.ts';

const clock: Clock = {
  now: () => performance.now(),
  alarm(ms, ring) {
    const timer = setTimeout(ring, ms);
    return () => clearTimeout(timer);
  },
};

/** Ports of a self-hosted runtime (Node, Bun, Deno): a file system, worker threads, a terminal. */
export function localPorts(options: { readonly dataDir: string; readonly fetch: Ports['fetch'] }): Ports {
  return {
    fetch: options.fetch,
    clock,
    wasm: wasmLoader(),
    packs: () => installedPacks(options.dataDir),
    spawnInference,
    writeLog: (line) => {
      process.stdout.write(`${line}\n`);
    },
  };
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
