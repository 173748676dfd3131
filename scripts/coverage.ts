/**
 * Which lines of speech, engine, http and stream run in unit tests (counted by Vitest) or in the servers of the conformance and
 * fault tests on Node (counted by Node itself): `npm run coverage`. The exit code is 1 when a folder is below its goal.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { alignRows } from '../bench/tables.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const output = join(root, 'coverage');
const raw = join(output, 'servers');
const folders = ['src/speech', 'src/engine', 'src/http', 'src/stream'];
const goal = 90;
const mostShown = 25;

const help = `Usage: npm run coverage -- [NAME...] [--unit-only] [--report] [--all] [--help]

  NAME         parts of the names of the unit tests to run; all of them when none is named
  --unit-only  without the conformance and fault tests on Node
  --report     nothing runs: the table of the last run
  --all        every file of the folders, not only those with the most lines that never ran

Runs the unit tests, and those of conformance and faults on Node, and prints how many lines of ${folders.join(', ')}
ran in either; the goal is ${goal} %. What was counted stays in coverage/.
`;

/** Of one file: its lines with statements, and whether each ran. */
type Lines = Map<number, boolean>;

interface IstanbulFile {
  readonly path: string;
  readonly statementMap: Readonly<
    Record<string, { readonly start: { readonly line: number; readonly column: number } }>
  >;
  readonly s: Readonly<Record<string, number>>;
}

interface RawFile {
  readonly result: readonly {
    readonly url: string;
    readonly functions: readonly {
      readonly ranges: readonly {
        readonly startOffset: number;
        readonly endOffset: number;
        readonly count: number;
      }[];
    }[];
  }[];
}

/** A failed test is said, and its lines count all the same. */
async function vitest(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<boolean> {
  const child = spawn(join(root, 'node_modules/.bin/vitest'), ['run', ...args], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const [code] = await once(child, 'exit');
  return code === 0;
}

async function runUnit(names: readonly string[]): Promise<boolean> {
  return vitest([
    ...names,
    ...['--project', 'unit', '--coverage.enabled', '--coverage.provider=v8', '--coverage.reporter=json'],
    ...folders.map((folder) => `--coverage.include=${folder}/**/*.ts`),
    '--coverage.exclude=src/engine/onnx/kernels/assembly/**', // AssemblyScript: it runs as WebAssembly
    ...[`--coverage.reportsDirectory=${join(output, 'unit')}`, '--coverage.reportOnFailure'],
  ]);
}

async function runServers(): Promise<boolean> {
  rmSync(raw, { recursive: true, force: true });
  mkdirSync(raw, { recursive: true });
  return vitest(['test/conformance/node.test.ts', 'test/faults/node.test.ts'], { COVERAGE_OF_SERVERS: raw });
}

/** By file; a line counts as run when the first statement on it did. */
function countUnit(): { readonly lines: Map<string, Lines>; readonly files: readonly IstanbulFile[] } {
  const files = Object.values(
    JSON.parse(readFileSync(join(output, 'unit/coverage-final.json'), 'utf8')) as Record<
      string,
      IstanbulFile
    >,
  );
  const lines = new Map<string, Lines>();
  for (const { path, statementMap, s } of files) {
    const ofFile: Lines = new Map();
    for (const [id, { start }] of Object.entries(statementMap))
      ofFile.set(start.line, (ofFile.get(start.line) ?? false) || (s[id] ?? 0) > 0);
    lines.set(relative(root, path), ofFile);
  }
  return { lines, files };
}

/** Adds what servers ran. Node takes types out by putting spaces in their place: its offsets are those of the source. */
function addServers(lines: Map<string, Lines>, files: readonly IstanbulFile[]): void {
  const offsets = new Map(files.map((file) => [pathToFileURL(file.path).href, offsetsOf(file)]));
  const reports = existsSync(raw) ? readdirSync(raw).filter((name) => name.endsWith('.json')) : [];
  for (const name of reports) {
    const { result } = JSON.parse(readFileSync(join(raw, name), 'utf8')) as RawFile;
    for (const { url, functions } of result) {
      const ofFile = lines.get(relative(root, url.startsWith('file:') ? fileURLToPath(url) : url));
      const at = offsets.get(url);
      if (!ofFile || !at) continue;
      const ranges = functions.flatMap(({ ranges: all }) => all);
      for (const [line, ran] of ofFile)
        if (!ran && hasRun(ranges, at.get(line) ?? -1)) ofFile.set(line, true);
    }
  }
}

/** The innermost range around it decides. */
function hasRun(ranges: RawFile['result'][number]['functions'][number]['ranges'], offset: number): boolean {
  let [size, count] = [Infinity, 0];
  for (const range of ranges) {
    const length = range.endOffset - range.startOffset;
    if (range.startOffset > offset || range.endOffset <= offset || length > size) continue;
    [size, count] = [length, range.count];
  }
  return count > 0;
}

/** Where the first statement of each line begins. */
function offsetsOf({ path, statementMap }: IstanbulFile): Map<number, number> {
  const begins = [0];
  for (const line of readFileSync(path, 'utf8').split('\n'))
    begins.push((begins.at(-1) ?? 0) + line.length + 1);
  const offsets = new Map<number, number>();
  for (const { start } of Object.values(statementMap)) {
    const offset = (begins[start.line - 1] ?? 0) + start.column;
    offsets.set(start.line, Math.min(offset, offsets.get(start.line) ?? Infinity));
  }
  return offsets;
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
  const { lines, files } = countUnit();
  addServers(lines, files);
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

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'unit-only': { type: 'boolean', default: false },
    report: { type: 'boolean', default: false },
    all: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
});
if (values.help) process.stdout.write(help);
else {
  let passed = true;
  if (!values.report) {
    rmSync(output, { recursive: true, force: true });
    passed = await runUnit(positionals);
    if (!values['unit-only']) passed = (await runServers()) && passed;
  }
  const reached = report(values.all);
  if (!passed) process.stdout.write('\nNot all tests passed; what ran is counted all the same.\n');
  process.exitCode = reached && passed ? 0 : 1;
}
