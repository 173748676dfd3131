import { parseArgs } from 'node:util';
import { dataFolder, installedPacks } from '../src/adapters/packs.ts';
import { hasRuntime, type Runtime } from '../test/conformance/server.ts';
import type { Bench, Setup } from './bench.ts';
import { eventLoop } from './event-loop.ts';
import { firstAudio } from './first-audio.ts';
import { describeMachine } from './machine.ts';
import { memory } from './memory.ts';
import { overhead } from './overhead.ts';
import { writePage } from './page.ts';
import { rtf } from './rtf.ts';
import { reporting, runBench } from './run-bench.ts';
import { startUp } from './start-up.ts';

const benches: readonly Bench[] = [startUp, overhead, firstAudio, eventLoop, memory, rtf];
const all: readonly Runtime[] = ['node', 'bun'];

const help = `Usage: npm run bench [-- NAME... | --write] [--quick] [--help]

  NAME     ${benches.map(({ name }) => name).join(', ')}; all of them when none is named
  --write  runs all of them and writes docs/performance.md
  --quick  fewer rounds, the default voice alone: for work on the benches, not for figures

Medians of fresh processes in alternating order. A missed goal is a figure, not a failure: the exit code is 1 only when
something did not run.
`;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      write: { type: 'boolean' },
      quick: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return void process.stdout.write(help);
  const chosen = benches.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  const unknown = positionals.filter((asked) => !benches.some(({ name }) => name === asked));
  if (unknown.length > 0) throw new Error(`There is no bench ${unknown.join(', ')}. See --help.`);
  if (values.write && (values.quick || chosen.length < benches.length)) {
    throw new Error('--write takes all benches and all rounds.');
  }
  const setup = await prepare(values.quick ?? false);
  const page = [...describeMachine(setup.runtimes).map((fact) => `- ${fact}`), ''];
  process.stdout.write(`${page.join('\n')}\n`);
  for (const bench of chosen) {
    const section = await runBench(bench, setup);
    process.stdout.write(`${section}\n`);
    page.push(section);
  }
  if (values.write && process.exitCode === 1)
    setup.say('docs/performance.md stays as it is: not everything ran.');
  else if (values.write) writePage(pageOf(page));
}

async function prepare(quick: boolean): Promise<Setup> {
  const runtimes = all.filter(hasRuntime);
  const dataDir = dataFolder();
  const speaking = (await installedPacks(dataDir)).filter(({ id }) => !id.startsWith('moonshine'));
  const packs = quick ? speaking.slice(0, 1) : speaking;
  return { quick, runtimes, dataDir, packs, ...reporting() };
}

function pageOf(sections: readonly string[]): string {
  const intro = `# Performance

What \`npm run bench -- --write\` measured on ${new Date().toISOString().slice(0, 10)}: medians of fresh processes that
ran in alternating order. Other machines give other figures; ratios travel better than milliseconds.
`;
  return [intro, ...sections].join('\n');
}

main().catch((error: unknown) => {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
