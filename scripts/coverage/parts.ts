import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Tests that run, and are counted, as one; what was counted of it is kept. */
export interface Part {
  readonly name: string;
  readonly project: 'unit' | 'conformance';
  /** Test files, from the root of the repository. */
  readonly files: readonly string[];
}

/** Folders with projects of their own: the lines that these run are asked for by conformance, or take hours. */
const others: ReadonlySet<string> = new Set(['attack', 'bench', 'conformance', 'roundtrip']);
/** The same tests on runtimes that count nothing. */
const uncounted: ReadonlySet<string> = new Set(['bun.test.ts', 'deno.test.ts', 'workers.test.ts']);

/** A part for each folder with tests, the widest last; that of `test/engine` for each of its own. */
export function allParts(root: string): readonly Part[] {
  const folders = foldersOf(join(root, 'test')).filter((name) => !others.has(name));
  const unit = folders.flatMap((name) =>
    name === 'engine' ? foldersOf(join(root, 'test/engine')).map((inner) => `engine/${inner}`) : [name],
  );
  const parts = unit.map(
    (name): Part => ({ name, project: 'unit', files: testsOf(root, join('test', name)) }),
  );
  const conformance: Part = {
    name: 'conformance',
    project: 'conformance',
    files: ['test/conformance/node.test.ts'],
  };
  return [...parts.filter(({ files }) => files.length > 0), conformance];
}

function foldersOf(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

function testsOf(root: string, folder: string): string[] {
  const names = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
  const tests = names.filter((name) => name.endsWith('.test.ts') && !uncounted.has(name));
  return tests.map((name) => join(folder, name)).sort();
}
