import { type RunningServer, type Runtime, startServer } from '../test/conformance/server.ts';
import { bodyFor, bytesOf, type LoadKind } from './loads.ts';
import { endProcess, firstLine, spawnRuntime } from './processes.ts';
import { ask } from './speech-client.ts';

const startDeadlineMs = 20_000;

/** More than any bench keeps open at once. */
const room = {
  FISH_WORKERS: '300',
  FISH_BACKEND_MAX_CONNECTIONS: '300',
  FISH_LOG_LEVEL: 'warn',
};

/** Both ways to the same audio. */
export interface Ways {
  readonly direct: string;
  readonly through: string;
}

/** Runs `work` with a fresh server in front of a fresh origin, and ends both. */
export async function withServer<Result>(
  runtime: Runtime,
  work: (server: RunningServer, ways: Ways) => Promise<Result>,
): Promise<Result> {
  const origin = spawnRuntime('node', ['bench/load-origin.ts']);
  try {
    const { url } = JSON.parse(await firstLine(origin, 'stdout', startDeadlineMs)) as { url: string };
    const server = await startServer(runtime, { env: { FISH_BACKEND: url, ...room } });
    try {
      return await work(server, { direct: url, through: server.url });
    } finally {
      await server.stop();
    }
  } finally {
    await endProcess(origin);
  }
}

/** Fetches all of it, and returns the milliseconds. @throws when audio is missing */
export async function fetchAll(url: string, kind: LoadKind): Promise<number> {
  const began = performance.now();
  const { bytes } = await ask(url, bodyFor(kind));
  if (bytes < bytesOf(kind)) throw new Error(`${bytes} bytes came of ${bytesOf(kind)}`);
  return performance.now() - began;
}
