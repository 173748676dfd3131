import type { Runtime } from '../../test/conformance/server.ts';
import { askProbe } from '../probe.ts';

const probe = new URL('./gc-probe.ts', import.meta.url).pathname;

/** Makes a process with gc-probe.ts collect its garbage: the bytes that live on, as its engine counts them. @throws when it does not answer */
export type Collector = () => Promise<number>;

/** workerd cannot be told to collect. */
export function canCollect(runtime: Runtime): boolean {
  return runtime !== 'workers';
}

/** What its runtime has to be started with. */
export function collectorArgs(runtime: Runtime): readonly string[] {
  if (runtime === 'node') return ['--expose-gc', '--import', probe];
  if (runtime === 'bun') return ['--preload', probe];
  return runtime === 'deno' ? ['--v8-flags=--expose-gc', '--preload', probe] : [];
}

/** @param logs What the process has printed so far, line by line and parsed. */
export function collectorOf(
  process: { signal(name: NodeJS.Signals): void },
  logs: () => readonly object[],
  deadlineMs?: number,
): Collector {
  return async () => (await askProbe<{ readonly live: number }>('gc-probe', process, logs, deadlineMs)).live;
}
