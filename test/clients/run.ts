import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { hasRuntime, type Runtime } from '../conformance/server.ts';
import { type Result, runClient } from './check.ts';
import { goPackages, runGo } from './go.ts';
import { type Ground, startGround } from './ground.ts';
import { isNews } from './known.ts';
import { npmClients } from './npm/clients.ts';
import { renderPage, renderSummary } from './page.ts';
import { programs } from './programs.ts';
import { pythonScripts, runPython } from './python.ts';

const help = `Usage: npm run test:clients -- [NAME...] [--runtime RUNTIME] [--python PROGRAM] [--write]

  NAME       parts of the names of the clients to run; all of them when none is named
  --runtime  what the server runs on: node (default), bun, deno or workers
  --python   3.12 or newer (default: python3)
  --write    puts the table into docs/clients.md

Clients of Python and Go are fetched into .cache/clients at the first run, and skipped where python or go is missing.
`;
const runtimes: readonly Runtime[] = ['node', 'bun', 'deno', 'workers'];
const page = join(import.meta.dirname, '../../docs/clients.md');

interface Job {
  readonly name: string;
  run(ground: Ground): Promise<Result[]>;
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
      hasPython ? { name, run: (ground: Ground) => runPython(name, python, ground) } : skipped(name, python),
    ),
    ...goPackages.map((name) =>
      hasGo ? { name, run: (ground: Ground) => runGo(name, ground) } : skipped(name, 'go'),
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
  const wanted = jobs(values.python).filter(
    ({ name }) => positionals.length === 0 || positionals.some((part) => name.includes(part)),
  );
  if (
    values.help ||
    runtime === undefined ||
    wanted.length === 0 ||
    (values.write && positionals.length > 0)
  ) {
    console.log(help);
    return values.help ? 0 : 2;
  }
  if (!hasRuntime(runtime)) throw new Error(`${runtime} is not installed`);
  const ground = await startGround(runtime);
  const results: Result[] = [];
  try {
    for (const { name, run } of wanted) {
      console.error(`${name} ...`);
      const own = await run(ground);
      console.log(renderSummary(own));
      results.push(...own);
    }
  } finally {
    await ground.stop();
  }
  if (values.write) writeFileSync(page, renderPage(results));
  return results.some(isNews) ? 1 : 0;
}

process.exitCode = await main();
