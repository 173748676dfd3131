import { setTimeout as sleep } from 'node:timers/promises';
import type { Runtime } from '../test/conformance/server.ts';

const probe = new URL('./gc-probe.ts', import.meta.url).pathname;
const pollMs = 20;
const deadlineMs = 20_000;

/** Makes a process with gc-probe.ts collect its garbage: the bytes that live on, as its engine counts them. */
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

/** @throws when the process does not answer */
export function collectorOf(process: {
  signal(name: NodeJS.Signals): void;
  /** Lines of its stdout so far. */
  lines(): readonly string[];
}): Collector {
  const answers = (): string[] => process.lines().filter((line) => line.includes('"gc-probe"'));
  return async () => {
    const before = answers().length;
    process.signal('SIGUSR2');
    for (const end = performance.now() + deadlineMs; performance.now() < end; await sleep(pollMs)) {
      const answer = answers()[before];
      if (answer) return (JSON.parse(answer) as { live: number }).live;
    }
    throw new Error('the probe in the process does not answer');
  };
}
