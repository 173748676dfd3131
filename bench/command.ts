import { dataFolder, installedPacks } from '../src/adapters/local/packs.ts';
import { findPack } from '../src/engine/onnx/packs/manifest.ts';
import { hasRuntime } from '../test/conformance/server.ts';
import { helpOf, type Plan, readPlan, scriptOf } from './arguments.ts';
import { type Bench, type Command, countOf, type Setup } from './bench.ts';
import { describeMachine } from './machine.ts';
import { writePage, writeSection } from './page.ts';
import { renderTable } from './tables.ts';

/** Measures what the command line asks for. The exit code is 1 when that is wrong, or when something did not run. */
export async function runCommand(command: Command): Promise<void> {
  try {
    const plan = readPlan(command, process.argv.slice(2));
    if (plan === 'help') process.stdout.write(helpOf(command));
    else await measure(command, plan);
  } catch (error) {
    process.stderr.write(`${scriptOf(command)}: ${messageOf(error)}\n`);
    process.exit(1);
  }
}

async function measure(command: Command, { names, ...plan }: Plan): Promise<void> {
  const { write } = plan;
  const setup = await prepare(command, plan);
  const facts = describeMachine(setup.runtimes, command.packages).map((fact) => `- ${fact}`);
  const parts = [...facts, ''];
  process.stdout.write(`${parts.join('\n')}\n`);
  let isWhole = process.exitCode !== 1;
  for (const name of names) {
    const bench = command.benches[name];
    if (!bench) continue;
    const { part, ran } = await runBench(bench, setup);
    process.stdout.write(`${part}\n`);
    parts.push(part);
    isWhole &&= ran;
  }
  if (!write) return;
  if (!isWhole || (process.exitCode === 1 && !command.writesRest))
    setup.say('docs/performance.md stays as it is: not everything ran.');
  else writeFigures(command, parts);
}

async function prepare(
  { runtimes }: Command,
  { quick, write, soakSeconds }: Omit<Plan, 'names'>,
): Promise<Setup> {
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const fail = (line: string): void => {
    process.exitCode = 1;
    say(`FAILED ${line}`);
  };
  for (const runtime of runtimes) if (!hasRuntime(runtime)) fail(`${runtime} is not installed`);
  const dataDir = dataFolder();
  const speaking = (await installedPacks(dataDir)).filter(({ id }) => findPack(id)?.voices.length !== 0);
  const packs = speaking.slice(0, countOf({ quick }, { full: speaking.length, quick: 1 }));
  return { quick, write, soakSeconds, runtimes: runtimes.filter(hasRuntime), dataDir, packs, say, fail };
}

/** The bench's part of the figures; one that fails says why there. */
async function runBench(
  { title, about, run }: Bench,
  setup: Setup,
): Promise<{ readonly part: string; readonly ran: boolean }> {
  const head = `## ${title}\n\n${about}\n`;
  try {
    const tables = await run(setup);
    return { part: [head, ...tables.map((table) => `${renderTable(table)}\n`)].join('\n'), ran: true };
  } catch (error) {
    setup.fail(`${title}: ${messageOf(error)}`);
    return { part: [head, `It did not run: ${messageOf(error)}\n`].join('\n'), ran: false };
  }
}

function writeFigures(command: Command, parts: readonly string[]): void {
  const day = new Date().toISOString().slice(0, 10);
  const measured = `What \`npm run ${scriptOf(command)} -- --write\` measured on ${day}. ${command.intro}\n`;
  const text = [`# ${command.title}\n`, measured, ...parts].join('\n');
  if (command.section === undefined) writePage(text);
  else writeSection(command.section, text.replace(/^#/gm, '##'), { script: scriptOf(command) });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
