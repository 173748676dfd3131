import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { hasRuntime, type Runtime } from '../conformance/server.ts';
import { oneLine, type Result, runClient } from './check.ts';
import { goPackages, runGo } from './go.ts';
import { type Ground, type StartedGround, startGround } from './ground.ts';
import { isNews } from './known.ts';
import { npmClients } from './npm/clients.ts';
import { renderPage, renderSummary, renderTotal } from './page.ts';
import { programs } from './programs.ts';
import { pythonScripts, runPython } from './python.ts';
import { keepResults, lastResults } from './results.ts';

const help = `Usage: npm run test:clients -- [NAME...] [--runtime RUNTIME] [--python PROGRAM] [--write]

  NAME       parts of the names of the clients to run; all of them when none is named
  --runtime  what the server runs on: node (default), bun, deno or workers
  --python   3.12 or newer (default: python3)
  --write    puts the table into docs/clients.md; clients that were not run now have the rows of their last run

Clients of Python and Go are fetched into .cache/clients at the first run, and skipped where python or go is missing.
`;
const runtimes: readonly Runtime[] = ['node', 'bun', 'deno', 'workers'];
const page = join(import.meta.dirname, '../../docs/clients.md');

interface Job {
  readonly name: string;
  run(ground: Ground, signal: AbortSignal): Promise<Result[]>;
}

function jobs(python: string): Job[] {
  const skipped = (name: string, what: string): Job => {
    const result = {
      client: name,
      version: '',
      check: 'everything',
      ok: null,
      why: `there is no ${what} here`,
    };
    return { name, run: async () => [result] };
  };
  const has = (program: string, arg: string): boolean => spawnSync(program, [arg]).status === 0;
  const hasPython = has(python, '--version');
  const hasGo = has('go', 'version');
  return [
    ...[...npmClients, ...programs].map((client) => ({
      name: client.client,
      run: (ground: Ground) => runClient(client, ground),
    })),
    ...pythonScripts().map((name) =>
      hasPython
        ? { name, run: (ground: Ground, signal: AbortSignal) => runPython(name, python, ground, signal) }
        : skipped(name, python),
    ),
    ...goPackages.map((name) =>
      hasGo
        ? { name, run: (ground: Ground, signal: AbortSignal) => runGo(name, ground, signal) }
        : skipped(name, 'go'),
    ),
  ];
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      runtime: { type: 'string', default: 'node' },
      python: { type: 'string', default: 'python3' },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const runtime = runtimes.find((name) => name === values.runtime);
  const all = jobs(values.python);
  const wanted = all.filter(
    ({ name }) => positionals.length === 0 || positionals.some((part) => name.includes(part)),
  );
  if (values.help || runtime === undefined || wanted.length === 0) {
    console.log(help);
    return values.help ? 0 : 2;
  }
  if (!hasRuntime(runtime)) throw new Error(`${runtime} is not installed`);
  const interrupted = interruption();
  const results = await runAll(wanted, runtime, interrupted.signal);
  console.log(`\n${renderTotal(results)}`);
  if (interrupted.signal.aborted) {
    console.error(`interrupted: ${oneLine(interrupted.signal.reason)}`);
    return interrupted.signal.reason instanceof Error ? 1 : 130;
  }
  if (values.write) writePage(all);
  return results.some(isNews) ? 1 : 0;
}

function writePage(all: readonly Job[]): void {
  const last = lastResults();
  const missing = all.filter(({ name }) => last[name] === undefined).map(({ name }) => name);
  if (missing.length > 0) throw new Error(`the table lacks clients that never ran: ${missing.join(', ')}`);
  writeFileSync(page, renderPage(all.flatMap(({ name }) => last[name] ?? [])));
}

/** Aborted by the first signal, and by an error that a client throws behind our back. */
function interruption(): AbortController {
  const interrupted = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(name, () => interrupted.abort(name));
  process.on('uncaughtException', (error) => interrupted.abort(error));
  return interrupted;
}

/** What came of the jobs until they were through or interrupted. The servers have ended by then, come what may. */
async function runAll(wanted: readonly Job[], runtime: Runtime, signal: AbortSignal): Promise<Result[]> {
  const results: Result[] = [];
  const aborted = new Promise<undefined>((resolve) =>
    signal.addEventListener('abort', () => resolve(undefined)),
  );
  let ground: StartedGround | undefined;
  try {
    ground = await startGround(runtime, signal);
    console.error(
      `servers: ${[ground.open, ground.locked, ground.busy, ground.strict, ground.embedded].join(' ')}`,
    );
    for (const [index, { name, run }] of wanted.entries()) {
      console.error(`[${index + 1}/${wanted.length}] ${name} ...`);
      const own = await Promise.race([run(ground, signal), aborted]);
      if (own === undefined || signal.aborted) break;
      console.log(renderSummary(own));
      keepResults(name, own);
      results.push(...own);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    await ground?.stop();
  }
  return results;
}

const code = await main().catch((error: unknown) => {
  console.error(error);
  return 1;
});
process.exit(code); // a client that still hangs keeps nothing alive
