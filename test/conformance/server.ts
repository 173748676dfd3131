import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildExecutable } from './executable.ts';
import { buildBundle, voiceConfig } from './workerd.ts';

/** Runtimes the server can be started on, each a pinned development dependency. */
export type Runtime = 'node' | 'bun' | 'deno' | 'workers' | 'executable';

const root: string = fileURLToPath(new URL('../..', import.meta.url));
const binaries: string = join(root, 'node_modules', '.bin');
const startDeadlineMs = 60_000;
/** What `deno task start` may do: the suite passes with no more. */
function denoPermissions(): string[] {
  const { tasks } = JSON.parse(readFileSync(join(root, 'deno.json'), 'utf8')) as {
    tasks: { start: { command: string } };
  };
  const words = tasks.start.command.replaceAll('$HOME', process.env.HOME ?? '').split(' ');
  return words.slice(words.indexOf('run'), -1);
}

/** Where Node writes which lines a server ran: `npm run coverage` sets it. */
const coverageFolder = process.env.COVERAGE_OF_SERVERS;
const coverageDeadlineMs = 10_000;
const coverageProbe = join(import.meta.dirname, 'coverage-at-exit.mjs');

const launchers: Readonly<Record<Runtime, readonly [program: string, before: readonly string[]]>> = {
  node: ['node', []],
  bun: ['bun', []],
  deno: ['deno', denoPermissions()],
  workers: ['workerd', []],
  executable: ['bun', []], // what builds it
};

export interface RunningServer {
  readonly url: string;
  readonly pid: number;
  /** Log lines so far, parsed. */
  readonly logs: readonly Record<string, unknown>[];
  /** What went to stderr so far. */
  stderr(): string;
  signal(name: NodeJS.Signals): void;
  /** The exit code, once it exits. */
  readonly exited: Promise<number | null>;
  stop(): Promise<void>;
}

export function hasRuntime(runtime: Runtime): boolean {
  return existsSync(join(binaries, launchers[runtime][0]));
}

/** Starts the real server in a process of its own on a free loopback port. */
export async function startServer(
  runtime: Runtime,
  options: {
    readonly args?: readonly string[];
    readonly env?: Readonly<Record<string, string>>;
    /** For the runtime itself. */
    readonly runtimeArgs?: readonly string[];
    /** A program that becomes the server's (unshare, nice): its command line goes before. */
    readonly prefix?: readonly string[];
    /** Workers: another bundle than the one of the repository. */
    readonly bundle?: string;
    /** Workers: of which configuration; the one that can speak where it is to speak alone. */
    readonly config?: string;
  } = {},
): Promise<RunningServer> {
  const env = {
    FISH_LISTEN: '127.0.0.1:0',
    FISH_STATE: 'memory', // what the tester's own server keeps is not touched
    FISH_KEYS_FILE: join(root, 'dist/no-keys.json'),
    FISH_ONNX_RUNTIME: 'wasm', // the same everywhere, whatever is installed
    FISH_TUNE: 'off',
    ...options.env,
  };
  const { args = [], runtimeArgs, prefix, config = configOf(env) } = options;
  if (options.bundle) bundles.set(config, options.bundle);
  const child = spawnServer(runtime, args, env, runtimeArgs, prefix, config);
  const logs: Record<string, unknown>[] = [];
  let stderr = '';
  let partial = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    const lines = (partial + chunk.toString()).split('\n');
    partial = lines.pop() ?? '';
    for (const line of lines) if (line.startsWith('{')) logs.push(JSON.parse(line));
  });
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  const url = await new Promise<string>((resolve, reject) => {
    const fail = (why: string): void => reject(new Error(`${runtime}: ${why}\n${stderr}`));
    const timer = setTimeout(() => fail('did not start in time'), startDeadlineMs);
    child.stderr?.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
      const [, found] = /listens on (http:\S+)\s/.exec(stderr) ?? [];
      if (found) {
        clearTimeout(timer);
        resolve(found);
      }
    });
    exited.then((code) => fail(`exited with ${code}`));
  });
  return {
    url,
    pid: child.pid ?? 0,
    logs,
    stderr: () => stderr,
    signal: (name) => void child.kill(name),
    exited,
    async stop() {
      if (coverageFolder !== undefined && runtime === 'node') await endCounted(child);
      child.kill(runtime === 'workers' ? 'SIGTERM' : 'SIGKILL'); // the former must take workerd with it
      await exited;
    },
  };
}

/** Lets it write which lines it ran. */
async function endCounted(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGWINCH');
  const timer = setTimeout(() => child.kill('SIGKILL'), coverageDeadlineMs);
  await exited;
  clearTimeout(timer);
}

const bundles = new Map<string, string>();
let executable: string | undefined;

/** Of the Worker: only one of the two can speak itself. */
function configOf(env: Readonly<Record<string, string>>): string {
  return env.FISH_ENGINE === 'onnx' ? voiceConfig : 'wrangler.toml';
}

/** Program and arguments. What has to be built is built once for each test file. */
function commandOf(
  runtime: Runtime,
  args: readonly string[],
  more: readonly string[],
  config: string,
): string[] {
  if (runtime === 'workers') {
    const bundle = bundles.get(config) ?? buildBundle(config);
    bundles.set(config, bundle);
    return [process.execPath, join(import.meta.dirname, 'workerd.ts'), bundle, config];
  }
  if (runtime === 'executable') {
    executable ??= buildExecutable();
    return [executable, ...args];
  }
  const [program, before] = launchers[runtime];
  const other = runtime === 'node' ? process.env.FISH_TEST_NODE : undefined; // another Node than the pinned one
  return [
    other ?? join(binaries, program),
    ...before,
    ...more,
    join(root, 'src/cli/fish-server.ts'),
    ...args,
  ];
}

/** A server process, for tests that watch it fail. Its environment holds no setting of the tester. */
export function spawnServer(
  runtime: Runtime,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  runtimeArgs: readonly string[] = [],
  prefix: readonly string[] = [],
  config: string = configOf(env),
): ChildProcess {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(FISH|LLM|OPENROUTER|OTEL)_/.test(name) || name === 'FISH_DATA_DIR',
  );
  const isCounted = coverageFolder !== undefined && runtime === 'node';
  const counted = isCounted ? ['--import', coverageProbe] : [];
  const command = [...prefix, ...commandOf(runtime, args, [...counted, ...runtimeArgs], config)];
  return spawn(command[0] ?? '', command.slice(1), {
    cwd: runtime === 'deno' ? root : join(root, 'test'), // its permissions are relative to the root
    env: {
      ...Object.fromEntries(inherited),
      PATH: `${binaries}${delimiter}${process.env.PATH ?? ''}`,
      ...(isCounted && { NODE_V8_COVERAGE: coverageFolder }),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}
