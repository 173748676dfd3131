import { readFile } from 'node:fs/promises';
import { type Runtime, startServer } from '../test/conformance/server.ts';
import { alternate } from './alternate.ts';
import type { Bench, Setup, Table } from './bench.ts';
import { fetchAll, withServer } from './loaded-server.ts';
import { runtimeName } from './machine.ts';
import { endProcess, firstLine, spawnProgram } from './processes.ts';
import { childrenOf, residentBytes } from './resident.ts';
import { endServer } from './start-up.ts';

const startRounds = { full: 9, quick: 3 } as const;
const idleRounds = { full: 5, quick: 1 } as const;
const deadlineMs = 20_000;
const bytesPerMB = 1e6;

/** Nobody answers there, and nobody asks. */
const nowhere = { FISH_BACKEND: 'http://127.0.0.1:9' };

export const idle: Bench = {
  name: 'at rest',
  about:
    'From starting the process to listening, with an origin (for Workers: of workerd with the built bundle, as it says ' +
    'itself), and the resident memory after one streamed request (MB are millions of bytes).',
  async run(setup) {
    const mode = setup.quick ? 'quick' : 'full';
    return [await startUps(setup, startRounds[mode]), await residents(setup, idleRounds[mode])];
  },
};

async function startUps(setup: Setup, rounds: number): Promise<Table> {
  const cases = setup.runtimes.map((runtime) => ({ name: `start-up: ${runtime}`, runtime }));
  const command = setup.runtimes.includes('workers') ? await workerdCommand() : [];
  const samples = await alternate(setup, cases, rounds, ({ runtime }) =>
    runtime === 'workers' ? startWorkerd(command) : start(runtime),
  );
  const figures = cases.map((one) => ({
    cells: [runtimeName(one.runtime)],
    unit: 'ms' as const,
    samples: samples.get(one) ?? [],
  }));
  return { title: 'Start-up to listening', headings: ['runtime'], figures };
}

async function residents(setup: Setup, rounds: number): Promise<Table> {
  const cases = setup.runtimes.map((runtime) => ({ name: `resident memory: ${runtime}`, runtime }));
  const samples = await alternate(setup, cases, rounds, ({ runtime }) =>
    withServer(runtime, async (server, { through }) => {
      await fetchAll(through, 'short');
      return (await residentBytes(runtime, server)) / bytesPerMB;
    }),
  );
  const figures = cases.map((one) => ({
    cells: [runtimeName(one.runtime)],
    unit: 'MB' as const,
    samples: samples.get(one) ?? [],
  }));
  return { title: 'Resident memory after one request', headings: ['runtime'], figures };
}

async function start(runtime: Runtime): Promise<number> {
  const began = performance.now();
  const server = await startServer(runtime, { env: nowhere });
  const ms = performance.now() - began;
  await endServer(server);
  return ms;
}

/** How the suite starts workerd: its configuration stays as long as the bench. */
async function workerdCommand(): Promise<string[]> {
  const server = await startServer('workers', { env: nowhere });
  try {
    const [pid] = await childrenOf(server.pid);
    return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0').filter(Boolean);
  } finally {
    await server.stop();
  }
}

/** Its first event on the control pipe is that it listens. */
async function startWorkerd([program = '', ...args]: readonly string[]): Promise<number> {
  const began = performance.now();
  const child = spawnProgram(program, args, ['pipe']); // workerd --control-fd=3
  try {
    const line = await firstLine(child, 'control', deadlineMs);
    if ((JSON.parse(line) as { event: string }).event !== 'listen') throw new Error(`workerd said ${line}`);
    return performance.now() - began;
  } finally {
    await endProcess(child);
  }
}
