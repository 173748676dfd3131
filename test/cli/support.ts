import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { delimiter, join } from 'node:path';

export const root: string = join(import.meta.dirname, '../..');
export const binaries: string = join(root, 'node_modules/.bin');

export interface Ended {
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

interface HowToRun {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  readonly cwd?: string;
  /** On a runtime other than Node. */
  readonly runtime?: readonly string[];
}

/** Starts a command of ours, without the settings of whoever tests. */
export function start(program: string, args: readonly string[], how: HowToRun = {}): ChildProcess {
  const own = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('FISH_') || name === 'FISH_DATA_DIR',
  );
  const [runtime = '', ...before] = how.runtime ?? [join(binaries, 'node')];
  const child = spawn(runtime, [...before, join(root, `src/cli/${program}.ts`), ...args], {
    cwd: how.cwd ?? join(root, 'test'),
    env: { ...Object.fromEntries(own), PATH: `${binaries}${delimiter}${process.env.PATH ?? ''}`, ...how.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin?.end(how.stdin ?? '');
  return child;
}

export async function ended(child: ChildProcess): Promise<Ended> {
  const stdout: Buffer[] = [];
  let stderr = '';
  child.stdout?.on('data', (part: Buffer) => stdout.push(part));
  child.stderr?.on('data', (part: Buffer) => {
    stderr += part.toString();
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout: Buffer.concat(stdout), stderr };
}

/** Runs it to its end. */
export function run(program: string, args: readonly string[], how?: HowToRun): Promise<Ended> {
  return ended(start(program, args, how));
}

/** Of a request that the fake origin saw. */
export function textOf(body: unknown): unknown {
  return (body as { readonly text?: unknown } | undefined)?.text;
}
