import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

interface ChildOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly deadlineMs: number;
  /** Kills the program when the run is interrupted. */
  readonly signal?: AbortSignal | undefined;
  readonly onLine?: (line: string) => void;
}

interface ChildEnd {
  readonly ok: boolean;
  /** Empty when it ended well; else how it ended and the last line that it wrote to stderr. */
  readonly why: string;
}

const MAX_STDERR = 2000;
const MAX_WHY = 300;

/**
 * Runs a program in a process group of its own, and kills the group at the end: pip, pytest and the like start processes, which would
 * otherwise outlive a program that is killed, and keep its pipes open.
 */
export async function runChild(
  program: string,
  args: readonly string[],
  { cwd, env, deadlineMs, signal, onLine }: ChildOptions,
): Promise<ChildEnd> {
  const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const closed = once(child, 'close'); // an 'error' event rejects it: there is no such program
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    killGroup(child.pid);
  }, deadlineMs);
  const interrupt = (): void => killGroup(child.pid);
  signal?.addEventListener('abort', interrupt);
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString()).slice(-MAX_STDERR);
  });
  createInterface({ input: child.stdout }).on('line', (line) => onLine?.(line));
  try {
    await Promise.race([exited, closed]);
    killGroup(child.pid);
    await closed;
  } catch (error) {
    return { ok: false, why: (error as Error).message };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', interrupt);
  }
  if (child.exitCode === 0) return { ok: true, why: '' };
  const how = late
    ? `no end within ${deadlineMs / 1000} s`
    : `ended with ${child.exitCode ?? child.signalCode}`;
  return { ok: false, why: `${how}: ${stderr.trim().split('\n').at(-1)}`.slice(0, MAX_WHY) };
}

function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // it has ended already
  }
}
