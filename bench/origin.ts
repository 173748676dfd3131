import { parseArgs } from 'node:util';
import { dataFolder } from '../src/adapters/packs.ts';
import { hasRuntime, type Runtime } from '../test/conformance/server.ts';
import type { Bench, Setup } from './bench.ts';
import { describeMachine } from './machine.ts';
import { originCached } from './origin-cached.ts';
import { originCrowds } from './origin-crowds.ts';
import { originFirstAudio } from './origin-first-audio.ts';
import { originIdentical } from './origin-identical.ts';
import { originPolicies } from './origin-policies.ts';
import { originUnderruns } from './origin-underruns.ts';
import { writeSection } from './page.ts';
import { reporting, runBench } from './run-bench.ts';

const benches: Readonly<Record<string, Bench>> = {
  'first-audio': originFirstAudio,
  underruns: originUnderruns,
  crowds: originCrowds,
  policies: originPolicies,
  cached: originCached,
  identical: originIdentical,
};
const all: readonly Runtime[] = ['node', 'bun', 'deno', 'workers'];

const help = `Usage: npm run bench:origin [-- NAME... | --write] [--quick] [--help]

  NAME     ${Object.keys(benches).join(', ')}; all of them when none is named
  --write  runs all of them and puts the tables into docs/performance.md
  --quick  fewer requests of faster origins: for work on the bench, not for figures

The server in front of fake Fish-Speech origins that take real time. A missed goal is a figure, not a failure: the exit
code is 1 only when something did not run.
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
  const { write = false, quick = false } = values;
  const unknown = positionals.filter((asked) => !Object.hasOwn(benches, asked));
  if (unknown.length > 0) throw new Error(`There is no bench ${unknown.join(', ')}. See --help.`);
  const names = positionals.length > 0 ? positionals : Object.keys(benches);
  if (write && (quick || names.length < Object.keys(benches).length)) {
    throw new Error('--write takes all benches and all rounds.');
  }
  const runtimes = all.filter(hasRuntime);
  const setup: Setup = { quick, runtimes, dataDir: dataFolder(), packs: [], ...reporting() };
  const page = [...describeMachine(runtimes, []).map((fact) => `- ${fact}`), ''];
  process.stdout.write(`${page.join('\n')}\n`);
  for (const bench of names.flatMap((name) => benches[name] ?? [])) {
    const section = (await runBench(bench, setup)).replace(/^#/gm, '##'); // within a section of the page
    process.stdout.write(`${section}\n`);
    page.push(section);
  }
  if (write && process.exitCode === 1) setup.say('docs/performance.md stays as it is: not everything ran.');
  else if (write) writeSection('origin', sectionOf(page));
}

function sectionOf(parts: readonly string[]): string {
  const intro = `## In front of Fish-Speech origins

What \`npm run bench:origin -- --write\` measured on ${new Date().toISOString().slice(0, 10)}, all of it on loopback, with
origins that take the time that a GPU would.
`;
  return [intro, ...parts].join('\n');
}

main().catch((error: unknown) => {
  process.stderr.write(`bench:origin: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
