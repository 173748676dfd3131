/**
 * Which lines of speech, engine, http and stream run in unit tests (counted by Vitest) or in servers that tests start on Node
 * (counted by Node itself), those of the conformance tests among them: `npm run coverage`. The exit code is 1 when a folder is below its goal.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { alignRows } from '../bench/tables.ts';
import { countLines, foldServers, type Lines } from './coverage/count.ts';
import { allParts, type Part } from './coverage/parts.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const output = join(root, 'coverage');
const folders = ['src/speech', 'src/engine', 'src/http', 'src/stream'];
const goal = 90;
const mostShown = 25;
const parts = allParts(root);

const help = `Usage: npm run coverage -- [PART...] [--continue] [--report] [--all] [--help]

  PART        a folder of tests, by its name below test/; without any, all of them
  --continue  parts that were counted already are not run again
  --report    nothing runs: the table of what was counted
  --all       every file of the folders, not only those with the most lines that never ran

Runs the unit tests and those of conformance on Node, folder by folder, and prints how many lines of ${folders.join(', ')}
ran in any; the goal is ${goal} %. What was counted stays in coverage/, and a part that is run again replaces its own alone.

Parts: ${parts.map(({ name }) => name).join(' ')}
`;

const folderOf = (part: Part): string => join(output, part.name.replace('/', '-'));

/** A part whose run was broken off leaves nothing; one with a failed test is counted all the same, and said. */
async function run(part: Part): Promise<boolean> {
  const unfinished = join(output, 'unfinished');
  const raw = join(output, 'raw');
  for (const folder of [unfinished, raw]) rmSync(folder, { recursive: true, force: true });
  mkdirSync(raw, { recursive: true });
  process.stdout.write(`\n# ${part.name}: ${part.files.length} files\n`);
  const args = [
    ...part.files,
    ...['--project', part.project, '--coverage.enabled', '--coverage.provider=v8'],
    ...['--coverage.reporter=json', '--coverage.reportOnFailure'],
    ...folders.map((folder) => `--coverage.include=${folder}/**/*.ts`),
    '--coverage.exclude=src/engine/onnx/kernels/assembly/**', // AssemblyScript: it runs as WebAssembly
    `--coverage.reportsDirectory=${unfinished}`,
  ];
  const child = spawn(join(root, 'node_modules/.bin/vitest'), ['run', ...args], {
    cwd: root,
    env: { ...process.env, COVERAGE_OF_SERVERS: raw },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const [code] = await once(child, 'exit');
  mkdirSync(unfinished, { recursive: true });
  foldServers(raw, unfinished, root, folders);
  rmSync(folderOf(part), { recursive: true, force: true });
  renameSync(unfinished, folderOf(part));
  return code === 0;
}

interface Share {
  readonly name: string;
  readonly ran: number;
  readonly all: number;
  /** Lines that never ran. */
  readonly missed: readonly number[];
}

function shareOf(name: string, counted: readonly Lines[]): Share {
  const all = counted.flatMap((lines) => [...lines]);
  const missed = all.filter(([, ran]) => !ran).map(([line]) => line);
  return { name, ran: all.length - missed.length, all: all.length, missed };
}

const percent = ({ ran, all }: Share): number => (all === 0 ? 100 : (ran / all) * 100);

function report(all: boolean): boolean {
  const counted = parts.filter((part) => existsSync(folderOf(part)));
  const lines = countLines(counted.map(folderOf), root);
  const shares = folders.map((folder) =>
    shareOf(
      folder,
      [...lines].flatMap(([file, ofFile]) => (file.startsWith(`${folder}/`) ? [ofFile] : [])),
    ),
  );
  const row = (share: Share): string[] => [
    share.name,
    String(share.all),
    String(share.ran),
    `${percent(share).toFixed(1)} %`,
  ];
  const head = ['folder', 'lines', 'ran', 'share'];
  process.stdout.write(
    `${alignRows([[...head, `goal ≥ ${goal} %`], ...shares.map((share) => [...row(share), percent(share) >= goal ? 'yes' : 'NO'])]).join('\n')}\n\n`,
  );
  const worst = [...lines]
    .map(([file, ofFile]) => shareOf(file, [ofFile]))
    .filter(({ missed }) => all || missed.length > 0)
    .sort((a, b) => b.missed.length - a.missed.length)
    .slice(0, all ? undefined : mostShown);
  const rows = worst.map((share) => [...row(share), spansOf(share.missed)]);
  process.stdout.write(`${alignRows([['file', ...head.slice(1), 'never ran'], ...rows]).join('\n')}\n`);
  const uncounted = parts.filter((part) => !counted.includes(part));
  if (uncounted.length > 0)
    process.stdout.write(`\nNot counted yet: ${uncounted.map(({ name }) => name).join(' ')}\n`);
  return shares.every((share) => percent(share) >= goal);
}

/** `3-5 9`: lines that follow each other are one span. */
function spansOf(missed: readonly number[]): string {
  const spans: [number, number][] = [];
  for (const line of missed.toSorted((a, b) => a - b)) {
    const last = spans.at(-1);
    if (last && line <= last[1] + 2) last[1] = line;
    else spans.push([line, line]);
  }
  return spans.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`)).join(' ');
}

/** @throws when one is no part */
function partsNamed(names: readonly string[]): readonly Part[] {
  const strange = names.filter((name) => !parts.some((part) => part.name === name));
  if (strange.length > 0) throw new Error(`No part is called ${strange.join(', ')}; see --help.`);
  return names.length === 0 ? parts : parts.filter(({ name }) => names.includes(name));
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    continue: { type: 'boolean', default: false },
    report: { type: 'boolean', default: false },
    all: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
if (values.help) process.stdout.write(help);
else {
  const failed: string[] = [];
  for (const part of values.report ? [] : partsNamed(positionals)) {
    if (values.continue && existsSync(folderOf(part))) continue;
    if (!(await run(part))) failed.push(part.name);
  }
  const reached = report(values.all);
  if (failed.length > 0)
    process.stdout.write(`\nTests of ${failed.join(', ')} failed; what ran is counted all the same.\n`);
  process.exitCode = reached && failed.length === 0 ? 0 : 1;
}
