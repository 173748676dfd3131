import { type RunningServer, type Runtime, startServer } from '../test/conformance/server.ts';
import { alternate } from './alternate.ts';
import type { Bench, Figure, Setup } from './bench.ts';
import { endProcess, firstLine, spawnRuntime } from './processes.ts';

const goalMs = 300;
const rounds = 7;
const quickRounds = 3;
const deadlineMs = 20_000;

/** Nobody answers there, and nobody asks. */
const nowhere = 'http://127.0.0.1:9';

interface Case {
  readonly name: string;
  readonly runtime: Runtime;
  readonly what: string;
  readonly isServer: boolean;
  begin(): Promise<() => Promise<void>>;
}

export const startUp: Bench = {
  name: 'start-up',
  about:
    'From starting the process to its "listens on" line: with the embedded voice, which is installed and not loaded yet, ' +
    'and with an origin. The bare runtime writes one line and does nothing else.',
  async run(setup) {
    const cases = setup.runtimes.flatMap((runtime) => casesOf(runtime, setup));
    const samples = await alternate(setup, cases, setup.quick ? quickRounds : rounds, measure);
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
    begin: async () => {
      const server = await startServer(runtime, { env: { FISH_DATA_DIR: dataDir, ...env } });
      return () => endServer(server);
    },
  });
  const bare: Case = {
    name: `start-up: ${runtime}, bare`,
    runtime,
    what: 'bare runtime',
    isServer: false,
    begin: async () => {
      const child = spawnRuntime(runtime, ['-e', 'console.log(1)']);
      await firstLine(child, 'stdout', deadlineMs);
      return () => endProcess(child);
    },
  };
  const voices = packs.slice(0, 1).map((pack) => serving('embedded voice', { FISH_VOICE: pack.id }));
  return [...voices, serving('origin', { FISH_BACKEND: nowhere }), bare];
}

async function measure(one: Case): Promise<number> {
  const began = performance.now();
  const end = await one.begin();
  const ms = performance.now() - began;
  await end();
  return ms;
}

/** As an operator ends it: what a server keeps for its next start, it may keep. */
export async function endServer(server: RunningServer): Promise<void> {
  server.signal('SIGTERM');
  const timer = setTimeout(() => void server.stop(), deadlineMs);
  await server.exited;
  clearTimeout(timer);
}
