import type { Runtime } from '../../test/conformance/server.ts';
import { alternate } from '../alternate.ts';
import { type Bench, countOf, type Figure, type Setup } from '../bench.ts';
import { endProcess, firstLine, spawnRuntime } from '../processes.ts';
import { nowhere, timeStart } from '../start-time.ts';

const goalMs = 300;
const rounds = { full: 7, quick: 3 } as const;
const deadlineMs = 20_000;

interface Case {
  readonly name: string;
  readonly runtime: Runtime;
  readonly what: string;
  readonly isServer: boolean;
  /** Milliseconds. */
  time(): Promise<number>;
}

export const startUp: Bench = {
  title: 'start-up',
  about:
    'From starting the process to its "listens on" line: with the embedded voice, which is installed and not loaded yet, ' +
    'and with an origin. The bare runtime writes one line and does nothing else.',
  async run(setup) {
    const cases = setup.runtimes.flatMap((runtime) => casesOf(runtime, setup));
    const samples = await alternate(setup, cases, countOf(setup, rounds), ({ time }) => time());
    const figures: Figure[] = cases.map((one) => ({
      cells: [one.runtime, one.what],
      unit: 'ms',
      samples: samples.get(one) ?? [],
      goal: one.isServer ? { below: goalMs } : undefined,
    }));
    return [{ title: 'Start-up to listening', headings: ['runtime', 'what starts'], figures }];
  },
};

function casesOf(runtime: Runtime, { dataDir, packs }: Setup): Case[] {
  const serving = (what: string, env: Record<string, string>): Case => ({
    name: `start-up: ${runtime}, ${what}`,
    runtime,
    what,
    isServer: true,
    time: () => timeStart(runtime, { FISH_DATA_DIR: dataDir, ...env }),
  });
  const bare: Case = {
    name: `start-up: ${runtime}, bare`,
    runtime,
    what: 'bare runtime',
    isServer: false,
    time: () => timeBare(runtime),
  };
  const voices = packs.slice(0, 1).map((pack) => serving('embedded voice', { FISH_VOICE: pack.id }));
  return [...voices, serving('origin', { FISH_BACKEND: nowhere }), bare];
}

async function timeBare(runtime: Runtime): Promise<number> {
  const began = performance.now();
  const child = spawnRuntime(runtime, ['-e', 'console.log(1)']);
  await firstLine(child, 'stdout', deadlineMs);
  const ms = performance.now() - began;
  await endProcess(child);
  return ms;
}
