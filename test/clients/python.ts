import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Result } from './check.ts';
import type { Ground } from './ground.ts';

const root: string = join(import.meta.dirname, '../..');
/** Ignored by git: what is fetched for other languages is kept from run to run. */
export const cacheFolder: string = join(root, '.cache', 'clients');
const folder: string = join(import.meta.dirname, 'python');
const PROGRAM_DEADLINE_MS = 300_000;
const INSTALL_DEADLINE_MS = 600_000;

function requirements(): Record<string, readonly string[]> {
  return JSON.parse(readFileSync(join(folder, 'requirements.json'), 'utf8'));
}

export function pythonScripts(): string[] {
  return Object.keys(requirements());
}

/** A virtual environment of its own for each script: these clients want different versions of the same packages. */
function environmentOf(script: string, python: string): string {
  const environment = join(cacheFolder, script.replace('.py', ''));
  const wanted = `${requirements()[script]?.join('\n')}\n`;
  const stamp = join(environment, 'installed.txt');
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
    install(python, ['-m', 'venv', '--clear', environment]);
    const file = join(environment, 'wanted.txt');
    writeFileSync(file, wanted);
    const quiet = ['-q', '--disable-pip-version-check'];
    install(join(environment, 'bin/python'), ['-m', 'pip', 'install', ...quiet, '-r', file]);
    writeFileSync(stamp, wanted);
  }
  return join(environment, 'bin/python');
}

function install(program: string, args: readonly string[]): void {
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8', timeout: INSTALL_DEADLINE_MS });
  if (status !== 0) throw new Error(`${args.slice(0, 3).join(' ')}: ${stderr.trim().split('\n').at(-1)}`);
}

/** Runs a script's checks, or says in one result why that cannot be. */
export async function runPython(script: string, python: string, ground: Ground): Promise<Result[]> {
  let program: string;
  try {
    program = environmentOf(script, python);
  } catch (error) {
    const version = requirements()[script]?.[0] ?? '';
    const why = `not installed here: ${(error as Error).message}`.slice(0, 300);
    return [{ client: script, version, check: 'everything', ok: null, why }];
  }
  return runProgram(script, program, [join(folder, script)], ground);
}

/** What a program in another language prints: a line of JSON for each check. */
export async function runProgram(
  client: string,
  program: string,
  args: readonly string[],
  ground: Ground,
): Promise<Result[]> {
  const child = spawn(program, args, {
    env: { ...process.env, CLIENTS_GROUND: JSON.stringify(ground), CLIENTS_CACHE: cacheFolder },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: PROGRAM_DEADLINE_MS,
    killSignal: 'SIGKILL',
  });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors = (errors + chunk.toString()).slice(-2000);
  });
  const exit = new Promise<number | null>((resolve) => child.on('close', resolve));
  const results: Result[] = [];
  for await (const line of createInterface({ input: child.stdout }))
    if (line.startsWith('{')) results.push(JSON.parse(line) as Result);
  const code = await exit;
  if (code !== 0) {
    const why = `ended with ${code}: ${errors.trim().split('\n').at(-1)}`.slice(0, 300);
    results.push({ client, version: '', check: 'runs to its end', ok: false, why });
  }
  return results;
}
