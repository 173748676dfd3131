import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { ProcessProbe } from '../../core/ports.ts';

const RESOLUTION_MS = 20;
const NS_PER_SECOND = 1e9;
const US_PER_SECOND = 1e6;

/** What this process tells of itself. Deno and Bun may know less than Node: what cannot be read is left out. */
export function processProbe(): ProcessProbe {
  return { runtime: runtimeName(), memory, cpuSeconds: readable(cpuSeconds), eventLoopDelay: delayMeter() };
}

export function runtimeName(): string {
  if ('Bun' in globalThis) return 'bun';
  return 'Deno' in globalThis ? 'deno' : 'node';
}

function memory(): { readonly residentBytes: number; readonly heapBytes: number } {
  const { rss, heapUsed } = process.memoryUsage();
  return { residentBytes: rss, heapBytes: heapUsed };
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / US_PER_SECOND;
}

function readable<T>(read: () => T): (() => T) | undefined {
  try {
    read();
    return read;
  } catch {
    return undefined;
  }
}

/** How much later than asked for its timer rings. */
function delayMeter(): ProcessProbe['eventLoopDelay'] {
  let histogram: ReturnType<typeof monitorEventLoopDelay> | undefined;
  const seconds = (ns: number): number => Math.max(0, ns / NS_PER_SECOND - RESOLUTION_MS / 1000);
  return () => {
    if (!histogram) {
      histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
      histogram.enable();
    }
    const found =
      histogram.count === 0
        ? { '0.5': 0, '0.99': 0, '1': 0 }
        : {
            '0.5': seconds(histogram.percentile(50)),
            '0.99': seconds(histogram.percentile(99)),
            '1': seconds(histogram.max),
          };
    histogram.reset();
    return found;
  };
}
