import { parseArgs } from 'node:util';
import { dataFolder } from '../src/adapters/packs.ts';
import { hasRuntime, type Runtime } from '../test/conformance/server.ts';
import type { Bench, Setup } from './bench.ts';
import { crowd } from './crowd.ts';
import { flood } from './flood.ts';
import { health } from './health.ts';
import { idle } from './idle.ts';
import { describeMachine } from './machine.ts';
import { openStreams } from './open-streams.ts';
import { overhead } from './overhead.ts';
import { writeSection } from './page.ts';
import { reporting, runBench } from './run-bench.ts';

const benches: readonly Bench[] = [flood, crowd, openStreams, health, idle, overhead];
const all: readonly Runtime[] = ['node', 'bun', 'deno', 'workers'];

const help = `Usage: npm run bench:runtimes [-- --write] [--quick] [--help]

  --write  puts the tables into docs/performance.md
  --quick  fewer rounds: for work on the bench, not for figures

The server on Node, Bun, Deno and workerd, side by side in front of an origin: medians of fresh processes in alternating
order, on loopback. Linux alone, for /proc. A missed goal is a figure, not a failure: the exit code is 1 only when
something did not run.
`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      write: { type: 'boolean' },
      quick: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return void process.stdout.write(help);
  const { write = false, quick = false } = values;
  if (write && quick) throw new Error('--write takes all rounds.');
  const runtimes = all.filter(hasRuntime);
  const setup: Setup = { quick, runtimes, dataDir: dataFolder(), packs: [], ...reporting() };
  for (const runtime of all) if (!runtimes.includes(runtime)) setup.fail(`${runtime} is not installed`);
  const page = [...describeMachine(runtimes, []).map((fact) => `- ${fact}`), ''];
  process.stdout.write(`${page.join('\n')}\n`);
  for (const bench of benches) {
    const section = (await runBench(bench, setup)).replace(/^#/gm, '##'); // within a section of the page
    process.stdout.write(`${section}\n`);
    page.push(section);
  }
  if (write && process.exitCode === 1) setup.say('docs/performance.md stays as it is: not everything ran.');
  else if (write) writeSection('runtimes', sectionOf(page));
}

function sectionOf(parts: readonly string[]): string {
  const intro = `## The runtimes side by side

What \`npm run bench:runtimes -- --write\` measured on ${new Date().toISOString().slice(0, 10)}, all of it on loopback.
`;
  return [intro, ...parts].join('\n');
}

main().catch((error: unknown) => {
  process.stderr.write(`bench:runtimes: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
