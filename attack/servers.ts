import { hashKey } from '../src/services/keys.ts';
import { type RunningServer, type Runtime, startServer } from '../test/conformance/server.ts';

/** What every server under attack is set to: no limit that would hide what is behind it, and a log that can be read. */
function defaults(runtime: Runtime): Record<string, string> {
  return {
    FISH_FALLBACK: 'false',
    FISH_RATE_LIMIT: '0',
    FISH_LOG_LEVEL: 'warn',
    FISH_STATE: runtime === 'workers' ? 'auto' : 'memory',
  };
}

/** Named keys as FISH_KEYS has them; the secret of `ada` is `key-of-ada`. */
export async function keysOf(names: readonly string[]): Promise<string> {
  const created = '2026-11-20T10:00:00Z';
  const keys = names.map(async (name) => ({ name, sha256: await hashKey(`key-of-${name}`), created }));
  return JSON.stringify({ keys: await Promise.all(keys) });
}

export function bearer(name: string): { readonly authorization: string } {
  return { authorization: `Bearer key-of-${name}` };
}

export interface StartOptions {
  /** Deno may use it too. */
  readonly dataDir?: string;
  readonly runtimeArgs?: readonly string[];
  readonly prefix?: readonly string[];
}

/** Starts a server with the defaults. */
export async function startDefault(
  runtime: Runtime,
  env: Readonly<Record<string, string>>,
  { dataDir, runtimeArgs = [], prefix = [] }: StartOptions = {},
): Promise<RunningServer> {
  const isDeno = runtime === 'deno' && dataDir !== undefined;
  const rights = isDeno ? [`--allow-read=${dataDir}`, `--allow-write=${dataDir}`] : [];
  const folder: Record<string, string> = dataDir === undefined ? {} : { FISH_DATA_DIR: dataDir };
  const server = await startServer(runtime, {
    env: { ...defaults(runtime), ...folder, ...env },
    runtimeArgs: [...rights, ...runtimeArgs],
    prefix,
  });
  const end = (): void => server.signal(runtime === 'workers' ? 'SIGTERM' : 'SIGKILL');
  process.once('exit', end); // none outlives the program that attacks it
  void server.exited.then(() => process.off('exit', end));
  return server;
}
