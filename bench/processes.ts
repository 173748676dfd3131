import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Runtime } from '../test/conformance/server.ts';

export const root: string = fileURLToPath(new URL('..', import.meta.url));
const startDeadlineMs = 20_000;
const endDeadlineMs = 10_000;

/** Processes still running: none outlives the bench. */
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** A process on a pinned runtime. */
export function spawnRuntime(runtime: Runtime, args: readonly string[]): ChildProcess {
  return spawnProgram(join(root, 'node_modules', '.bin', runtime), args);
}

/** The same that runs a module. */
export function spawnModule(
  runtime: Runtime,
  module: URL,
  args: readonly string[],
  runtimeArgs: readonly string[] = [],
): ChildProcess {
  return spawnRuntime(runtime, [...runtimeArgs, fileURLToPath(module), ...args]);
}

/** A process without settings of whoever runs the bench, but with `settings`; `more` are its descriptors from 3 on. */
export function spawnProgram(
  program: string,
  args: readonly string[],
  more: readonly 'pipe'[] = [],
  { cwd = root, settings = {} }: { cwd?: string; settings?: Readonly<Record<string, string>> } = {},
): ChildProcess {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('FISH_')));
  const child = spawn(program, args, {
    cwd,
    env: { ...env, ...settings },
    stdio: ['pipe', 'pipe', 'pipe', ...more],
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

/** One that has to end a process of its own first is asked to with another signal than the default. */
export async function endProcess(child: ChildProcess, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  const timer = setTimeout(() => child.kill('SIGKILL'), endDeadlineMs);
  await exited;
  clearTimeout(timer);
}

/**
 * Runs a module with one argument, and reads the JSON that it prints.
 *
 * @throws when it exits with another code than 0, or not within `deadlineMs`
 */
export async function runModule(
  runtime: Runtime,
  module: URL,
  argument: unknown,
  deadlineMs: number,
): Promise<unknown> {
  const child = spawnModule(runtime, module, [JSON.stringify(argument)]);
  const name = basename(module.pathname);
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk) => (stdout += chunk));
  child.stderr?.on('data', (chunk) => (stderr += chunk));
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill('SIGKILL');
  }, deadlineMs);
  const [code] = await once(child, 'close');
  clearTimeout(timer);
  if (late) throw new Error(`${name} was not done within ${deadlineMs / 1000} s`);
  if (code !== 0) throw new Error(`${name} exited with ${code}: ${stderr.trim().slice(0, 500)}`);
  return JSON.parse(stdout);
}

/** Runs `work` with the address that a module prints as `{"url":"…"}`, and ends its process. */
export async function withServing<Result>(
  module: URL,
  args: readonly string[],
  work: (url: string) => Promise<Result>,
): Promise<Result> {
  const child = spawnModule('node', module, args);
  try {
    const line = await firstLine(child, 'stdout', startDeadlineMs);
    return await work((JSON.parse(line) as { readonly url: string }).url);
  } finally {
    await endProcess(child);
  }
}

/** Resolves with the first line that `child` writes. @throws when it ends without one, or not within `deadlineMs` */
export async function firstLine(
  child: ChildProcess,
  stream: 'stdout' | 'stderr' | 'control',
  deadlineMs: number,
): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const timer = setTimeout(() => reject(new Error('nothing was written in time')), deadlineMs);
    const source = stream === 'control' ? child.stdio[3] : child[stream];
    source?.on('data', (chunk) => {
      text += chunk;
      const end = text.indexOf('\n');
      if (end < 0) return;
      clearTimeout(timer);
      resolve(text.slice(0, end));
    });
    child.once('exit', (code) => {
      clearTimeout(timer);
      reject(new Error(`exited with ${code} before it wrote a line`));
    });
  });
}
