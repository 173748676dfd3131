import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** Of one file: its lines with statements, and whether each ran. */
export type Lines = Map<number, boolean>;

/** What Vitest writes of a file, in the form of Istanbul. */
interface UnitFile {
  readonly path: string;
  readonly statementMap: Readonly<
    Record<string, { readonly start: { readonly line: number; readonly column: number } }>
  >;
  readonly s: Readonly<Record<string, number>>;
}

interface Range {
  readonly startOffset: number;
  readonly endOffset: number;
  readonly count: number;
}

/** What Node writes of a module of one process or thread. */
interface ServerFile {
  readonly url: string;
  readonly functions: readonly { readonly ranges: readonly Range[] }[];
}

const unitFile = 'coverage-final.json';
const serverFile = 'servers.json';

/** Leaves of what Node wrote into `raw` the files of `folders`, in one file beside what Vitest wrote into `part`; the rest is large. */
export function foldServers(raw: string, part: string, root: string, folders: readonly string[]): void {
  const within = folders.map((folder) => pathToFileURL(join(root, folder)).href);
  const kept: ServerFile[] = [];
  for (const name of existsSync(raw) ? readdirSync(raw) : []) {
    if (!name.endsWith('.json')) continue;
    const { result } = readServers(join(raw, name));
    kept.push(...result.filter(({ url }) => within.some((folder) => url.startsWith(`${folder}/`))));
  }
  writeFileSync(join(part, serverFile), JSON.stringify({ result: kept }));
  rmSync(raw, { recursive: true, force: true });
}

/** A process that was killed while it wrote leaves half a file, which counts nothing. */
function readServers(path: string): { readonly result: readonly ServerFile[] } {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return { result: [] };
  }
}

/** By file, of all parts together; a line counts as run when the first statement on it did, in one of them. */
export function countLines(parts: readonly string[], root: string): Map<string, Lines> {
  const lines = new Map<string, Lines>();
  const files = new Map<string, UnitFile>();
  for (const part of parts) for (const file of readUnit(part)) addUnit(lines, files, file, root);
  const offsets = new Map([...files].map(([path, file]) => [pathToFileURL(path).href, offsetsOf(file)]));
  for (const part of parts)
    for (const { url, functions } of readServers(join(part, serverFile)).result) {
      const ofFile = lines.get(relative(root, fileURLToPath(url)));
      const at = offsets.get(url);
      if (!ofFile || !at) continue;
      const ranges = functions.flatMap(({ ranges: all }) => all);
      for (const [line, ran] of ofFile)
        if (!ran && hasRun(ranges, at.get(line) ?? -1)) ofFile.set(line, true);
    }
  return lines;
}

function readUnit(part: string): UnitFile[] {
  const path = join(part, unitFile);
  return existsSync(path) ? Object.values(JSON.parse(readFileSync(path, 'utf8'))) : [];
}

function addUnit(
  lines: Map<string, Lines>,
  files: Map<string, UnitFile>,
  file: UnitFile,
  root: string,
): void {
  const name = relative(root, file.path);
  const ofFile = lines.get(name) ?? new Map<number, boolean>();
  for (const [id, { start }] of Object.entries(file.statementMap))
    ofFile.set(start.line, (ofFile.get(start.line) ?? false) || (file.s[id] ?? 0) > 0);
  lines.set(name, ofFile);
  files.set(file.path, file);
}

/** The innermost range around it decides. */
function hasRun(ranges: readonly Range[], offset: number): boolean {
  let [size, count] = [Infinity, 0];
  for (const range of ranges) {
    const length = range.endOffset - range.startOffset;
    if (range.startOffset > offset || range.endOffset <= offset || length > size) continue;
    [size, count] = [length, range.count];
  }
  return count > 0;
}

/** Where the first statement of each line begins. Node takes types out by putting spaces in their place: its offsets are those of the source. */
function offsetsOf({ path, statementMap }: UnitFile): Map<number, number> {
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
