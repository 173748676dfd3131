import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { spawnInference } from '#inference';
import { readDocsFile, readKernels, wasmLoader } from '#wasm';
import type { Clock, Machine, Ports, RunningHash } from '../../core/ports.ts';
import type { StateStores } from '../../core/store.ts';
import { instantiate } from '../../engine/onnx/kernels/module.ts';
import { createMemoryState } from '../../state/memory.ts';
import { hasNativeRuntime } from '../inference/runtimes.ts';
import { decodeByFfmpeg } from './ffmpeg.ts';
import { installedPacks } from './packs.ts';
import { pageReader } from './page.ts';
import { readKeysFile } from './private-files.ts';
import { processProbe } from './probe.ts';
import { upgrade } from './upgrades.ts';

export const localClock: Clock = {
  now: () => performance.now(),
  wallNow: () => Date.now(),
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
  readonly telemetryExport?: Ports['telemetryExport'];
  readonly otherProcesses?: Ports['otherProcesses'];
  /** That share this machine; absent: one. */
  readonly processes?: number;
}): Ports {
  return {
    fetch: options.fetch,
    relay: options.relay,
    upgrade,
    clock: localClock,
    wasm: wasmLoader(),
    createHash: localHash,
    packs: () => installedPacks(options.dataDir),
    spawnInference,
    hasNativeInference: hasNativeRuntime,
    hasKernels,
    machine: () => shareOf(thisMachine(), options.processes ?? 1),
    decodeOutside: decodeByFfmpeg,
    state: options.state ?? createMemoryState({ maxBytes: DEFAULT_STATE_BYTES }, localClock),
    readKeys: () => readKeysFile(options.keysFile),
    probe: { ...processProbe(), pid: options.otherProcesses && process.pid },
    otherProcesses: options.otherProcesses,
    telemetryExport: options.telemetryExport,
    readDocsFile,
    readPage: pageReader(),
    writeLog,
  };
}

export function hasKernels(): Promise<boolean> {
  return readKernels()
    .then((bytes) => WebAssembly.compile(bytes))
    .then(instantiate)
    .then(
      () => true,
      () => false,
    );
}

export function localHash(): RunningHash {
  const hash = createHash('sha256');
  return { update: (bytes) => void hash.update(bytes), digest: async () => hash.digest() };
}

const DEFAULT_STATE_BYTES = 256 * 1024 * 1024;

/** Lines of this turn of the loop. */
let lines: string[] = [];

/**
 * Writes the lines of one turn of the loop together: each write wakes whoever reads the log, who then takes the processor
 * from the requests that are still to be answered. Never throws: a disk without room for the log stops no speech.
 */
export function writeLog(line: string): void {
  lines.push(line);
  if (lines.length === 1) setImmediate(flushLog);
}

function flushLog(): void {
  if (lines.length === 0) return;
  const text = `${lines.join('\n')}\n`;
  lines = [];
  try {
    process.stdout.write(text);
  } catch {
    // some runtimes write at once, and throw
  }
}

process.once('exit', flushLog);

/** A running server, whatever the runtime. */
export interface Listener {
  readonly host: string;
  readonly port: number;
  /** Stops accepting; resolves once every open connection ended. */
  stop(): Promise<void>;
  /** Cuts what is still open. */
  kill(): void;
}

/** Version 2 of Linux' control groups, as a container sees its own. */
const cpuLimit = '/sys/fs/cgroup/cpu.max';
const memoryLimit = '/sys/fs/cgroup/memory.max';
const memoryUse = '/sys/fs/cgroup/memory.current';

/** Cores and memory that this process may use: those of the machine, within the limits of its container. */
export function thisMachine(): Machine {
  const [quota, period] = numbersIn(cpuLimit);
  const cores = quota && period ? Math.ceil(quota / period) : Number.POSITIVE_INFINITY;
  return { cores: Math.max(1, Math.min(availableParallelism(), cores)), freeBytes: freeBytes() };
}

function shareOf({ cores, freeBytes: free }: Machine, processes: number): Machine {
  return { cores: Math.max(1, Math.floor(cores / processes)), freeBytes: free && free / processes };
}

function freeBytes(): number | undefined {
  const [most] = numbersIn(memoryLimit);
  const [used] = numbersIn(memoryUse);
  const inContainer = most !== undefined && used !== undefined ? most - used : undefined;
  const ofMachine = attempt(() => process.availableMemory());
  const known = [inContainer, ofMachine].filter((bytes) => bytes !== undefined);
  return known.length === 0 ? undefined : Math.max(0, Math.min(...known));
}

/** None where there is no such file, it may not be read, or it says `max`. */
function numbersIn(path: string): number[] {
  const words = attempt(() => readFileSync(path, 'utf8').trim().split(/\s+/)) ?? [];
  const numbers = words.map(Number);
  return numbers.every(Number.isFinite) ? numbers : [];
}

/** Deno may do what its permissions say. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
