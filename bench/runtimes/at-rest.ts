import { readFile } from 'node:fs/promises';
import { type RunningServer, type Runtime, startServer } from '../../test/conformance/server.ts';
import { alternateRuntimes } from '../alternate.ts';
import type { Bench, Figure, Setup, Table } from '../bench.ts';
import { runtimeName } from '../machine.ts';
import { childrenOf, residentBytes } from '../process-memory.ts';
import { endProcess, firstLine, spawnProgram } from '../processes.ts';
import { nowhere, timeStart } from '../start-time.ts';
import { fetchAll, withServer } from './loaded-server.ts';

const startRounds = { full: 9, quick: 3 } as const;
const idleRounds = { full: 5, quick: 1 } as const;
const deadlineMs = 20_000;
const bytesPerMB = 1e6;

const origin = { FISH_BACKEND: nowhere };

export const atRest: Bench = {
  title: 'at rest',
  about:
    'From starting the process to listening, with an origin (for Workers: of workerd with the built bundle, as it says ' +
    'itself), and the resident memory after one streamed request (MB are millions of bytes).',
  async run(setup) {
    return [await startUps(setup), await residents(setup)];
  },
};

async function startUps(setup: Setup): Promise<Table> {
  const workers = setup.runtimes.includes('workers') && (await startServer('workers', { env: origin }));
  try {
    const command = workers ? await commandOfWorkerd(workers) : [];
    const samples = await alternateRuntimes(setup, 'start-up', startRounds, (runtime) =>
      runtime === 'workers' ? startWorkerd(command) : timeStart(runtime, origin),
    );
    return tableOf('Start-up to listening', 'ms', samples);
  } finally {
    if (workers) await workers.stop();
  }
}

async function residents(setup: Setup): Promise<Table> {
  const samples = await alternateRuntimes(setup, 'resident memory', idleRounds, (runtime) =>
    withServer(runtime, async (server, { through }) => {
      await fetchAll(through, 'short');
      return (await residentBytes(runtime, server)) / bytesPerMB;
    }),
  );
  return tableOf('Resident memory after one request', 'MB', samples);
}

function tableOf(
  title: string,
  unit: Figure['unit'],
  samples: ReadonlyMap<Runtime, readonly number[]>,
): Table {
  const figures = [...samples].map(
    ([runtime, taken]): Figure => ({ cells: [runtimeName(runtime)], unit, samples: taken }),
  );
  return { title, headings: ['runtime'], figures };
}

/** How the suite starts workerd: its configuration and what that names are there as long as `server` runs. */
async function commandOfWorkerd(server: RunningServer): Promise<string[]> {
  const [pid] = await childrenOf(server.pid);
  return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0').filter(Boolean);
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
