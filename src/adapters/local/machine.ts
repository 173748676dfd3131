import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { Machine } from '../../core/ports.ts';

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
