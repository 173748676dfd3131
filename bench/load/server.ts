import { readdir } from 'node:fs/promises';
import { type RunningServer, type Runtime, startServer } from '../../test/conformance/server.ts';
import { residentBytes } from '../process-memory.ts';
import { withServing } from '../processes.ts';
import { collectorArgs, collectorOf } from '../runtimes/collector.ts';

export const secret = 'a-key-of-the-load';
const bytesPerMB = 1e6;
/** Collecting what ten thousand streams hold takes a busy machine a while. */
const collectDeadlineMs = 120_000;
const mostShown = 300;

/** No bound that hides what is behind it; small caches, so that they are full early: memory that grows until then is no leak. */
const usual = {
  FISH_API_KEY: secret,
  FISH_FALLBACK: 'false',
  FISH_CLIENT_SHARE: '100',
  FISH_CACHE_MAX_BYTES: '4MiB',
  FISH_CACHE_MAX_AGE: '20s',
  FISH_LINKS_MAX_AGE: '20s',
  FISH_LOG_LEVEL: 'error',
};

/** What a server holds, after its garbage was collected. */
export interface Held {
  readonly residentMB: number;
  /** As the engine counts it: heap and buffers. */
  readonly liveMB: number;
  /** Open file descriptors. */
  readonly handles: number;
}

export interface Loaded {
  readonly url: string;
  look(): Promise<Held>;
  /** Whether it still runs. */
  lives(): boolean;
}

/** Runs `work` with a fresh server in front of what `origin` serves, and ends both. */
export function withLoaded<Result>(
  runtime: Runtime,
  origin: { readonly module: URL; readonly args: readonly string[] },
  env: Readonly<Record<string, string>>,
  work: (server: Loaded) => Promise<Result>,
): Promise<Result> {
  return withServing(origin.module, origin.args, async (backend) => {
    const server = await startServer(runtime, {
      env: { ...usual, FISH_BACKEND: backend, ...env },
      runtimeArgs: collectorArgs(runtime),
    });
    let lives = true;
    void server.exited.then(() => {
      lives = false;
    });
    const end = (): void => server.signal('SIGKILL');
    process.once('exit', end); // it does not outlive a bench that is interrupted
    try {
      const look = async (): Promise<Held> => {
        if (!lives) throw new Error(`the server died: ${server.stderr().slice(-mostShown)}`);
        return lookAt(runtime, server);
      };
      return await work({ url: server.url, look, lives: () => lives });
    } finally {
      process.off('exit', end);
      await server.stop();
    }
  });
}

async function lookAt(runtime: Runtime, server: RunningServer): Promise<Held> {
  const live = await collectorOf(server, () => server.logs, collectDeadlineMs)();
  const [resident, handles] = [
    await residentBytes(runtime, server),
    (await readdir(`/proc/${server.pid}/fd`)).length,
  ];
  return { residentMB: resident / bytesPerMB, liveMB: live / bytesPerMB, handles };
}
