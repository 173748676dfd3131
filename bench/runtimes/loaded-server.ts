import { type RunningServer, type Runtime, startServer } from '../../test/conformance/server.ts';
import { withServing } from '../processes.ts';
import { ask } from '../speech-client.ts';
import { bodyFor, bytesOf, type LoadKind } from './loads.ts';

/** More than any bench keeps open at once. */
const room = {
  FISH_SLOTS: '500',
  FISH_CACHE: 'off',
  FISH_FALLBACK: 'false',
  FISH_BACKEND_MAX_CONNECTIONS: '500',
  FISH_LOG_LEVEL: 'warn',
};

/** Both ways to the same audio. */
export interface Ways {
  readonly direct: string;
  readonly through: string;
}

/** Runs `work` with the address of a fresh origin, and ends it. */
export function withOrigin<Result>(work: (url: string) => Promise<Result>): Promise<Result> {
  return withServing(new URL('./load-origin.ts', import.meta.url), [], work);
}

/** Runs `work` with a fresh server in front of a fresh origin, and ends both. @param start of another checkout */
export function withServer<Result>(
  runtime: Runtime,
  work: (server: RunningServer, ways: Ways) => Promise<Result>,
  runtimeArgs: readonly string[] = [],
  start: typeof startServer = startServer,
): Promise<Result> {
  return withOrigin(async (direct) => {
    const server = await start(runtime, { env: { FISH_BACKEND: direct, ...room }, runtimeArgs });
    try {
      return await work(server, { direct, through: server.url });
    } finally {
      await server.stop();
    }
  });
}

/** Fetches all of it, and returns the milliseconds. @throws when audio is missing */
export async function fetchAll(url: string, kind: LoadKind): Promise<number> {
  const began = performance.now();
  const { bytes } = await ask(url, bodyFor(kind));
  if (bytes < bytesOf(kind)) throw new Error(`${bytes} bytes came of ${bytesOf(kind)}`);
  return performance.now() - began;
}
