import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Result } from './check.ts';
import { runChild } from './child.ts';
import type { Ground } from './ground.ts';

const root: string = join(import.meta.dirname, '../..');
/** Ignored by git: what is fetched for other languages is kept from run to run. */
export const cacheFolder: string = join(root, '.cache', 'clients');
const folder: string = join(import.meta.dirname, 'python');
/** Longer than all checks of a program take when none hangs; a check that does ends itself after a minute. */
const PROGRAM_DEADLINE_MS = 900_000;
const INSTALL_DEADLINE_MS = 900_000;

function requirements(): Record<string, readonly string[]> {
  return JSON.parse(readFileSync(join(folder, 'requirements.json'), 'utf8'));
}

export function pythonScripts(): string[] {
  return Object.keys(requirements());
}

/**
 * A virtual environment for each list of packages: clients want different versions of the same ones.
 *
 * @returns its `python`
 * @throws when it cannot be made, as where there is no network
 */
export async function environmentWith(
  packages: readonly string[],
  python: string,
  signal: AbortSignal,
): Promise<string> {
  const wanted = `${packages.join('\n')}\n`;
  const name = createHash('sha256').update(`${python}\n${wanted}`).digest('hex').slice(0, 12);
  const environment = join(cacheFolder, `python-${name}`);
  const program = join(environment, 'bin/python');
  const complete = join(environment, 'complete.txt');
  if (existsSync(complete)) return program;
  mkdirSync(cacheFolder, { recursive: true });
  const install = async (installer: string, args: readonly string[]): Promise<void> => {
    const { ok, why } = await runChild(installer, args, { deadlineMs: INSTALL_DEADLINE_MS, signal });
    if (!ok) throw new Error(`${args.slice(0, 3).join(' ')}: ${why}`);
  };
  await install(python, ['-m', 'venv', '--clear', environment]);
  const file = join(environment, 'wanted.txt');
  writeFileSync(file, wanted);
  const quiet = ['-q', '--no-input', '--disable-pip-version-check'];
  await install(program, ['-m', 'pip', 'install', ...quiet, '-r', file]);
  writeFileSync(complete, wanted);
  return program;
}

/** Runs a script's checks, or says in one result why that cannot be. */
export async function runPython(
  script: string,
  python: string,
  ground: Ground,
  signal: AbortSignal,
): Promise<Result[]> {
  let program: string;
  try {
    program = await environmentWith(requirements()[script] ?? [], python, signal);
  } catch (error) {
    const version = requirements()[script]?.[0] ?? '';
    const why = `not installed here: ${(error as Error).message}`.slice(0, 300);
    return [{ client: script, version, check: 'everything', ok: null, why }];
  }
  return runProgram(script, program, [join(folder, script)], ground, signal);
}

/** What a program in another language prints: a line of JSON for each check. */
export async function runProgram(
  client: string,
  program: string,
  args: readonly string[],
  ground: Ground,
  signal?: AbortSignal,
  deadlineMs: number = PROGRAM_DEADLINE_MS,
): Promise<Result[]> {
  const results: Result[] = [];
  const { ok, why } = await runChild(program, args, {
    env: {
      ...process.env,
      CLIENTS_GROUND: JSON.stringify(ground),
      CLIENTS_CACHE: cacheFolder,
      PYTHONDONTWRITEBYTECODE: '1', // no folder beside the scripts
    },
    deadlineMs,
    signal,
    onLine: (line) => {
      if (line.startsWith('{')) results.push(parseResult(client, line));
    },
  });
  if (!ok) {
    const last = results.at(-1);
    const about = { client: last?.client ?? client, version: last?.version ?? '' };
    results.push({ ...about, check: 'runs to its end', ok: false, why });
  }
  return results;
}

function parseResult(client: string, line: string): Result {
  try {
    return JSON.parse(line) as Result;
  } catch {
    const why = `not JSON: ${line.slice(0, 100)}`;
    return { client, version: '', check: 'prints results', ok: false, why };
  }
}
