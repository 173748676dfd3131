import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunningServer, Runtime } from '../test/conformance/server.ts';
import { startDefault } from './servers.ts';

/** Thrown by a case that cannot be tried here: it is told in the table, and is no failure. */
export class Skip extends Error {}

/** Servers and folders that one case makes for itself. */
export class Belongings {
  readonly #runtime: Runtime;
  readonly #folders: string[] = [];
  readonly #servers: RunningServer[] = [];

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  async folder(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'fish-edge-attack-'));
    this.#folders.push(folder);
    return folder;
  }

  async start(
    env: Readonly<Record<string, string>>,
    dataDir?: string,
    runtimeArgs: readonly string[] = [],
  ): Promise<RunningServer> {
    const more = dataDir === undefined ? { runtimeArgs } : { dataDir, runtimeArgs };
    const server = await startDefault(this.#runtime, env, more);
    this.#servers.push(server);
    return server;
  }

  async drop(): Promise<void> {
    for (const server of this.#servers) await server.stop();
    for (const folder of this.#folders) await rm(folder, { recursive: true, force: true });
  }

  /**
   * A server whose data folder lies on a disk of `bytes`, in memory, that only its own name space sees (unshare(1)). `disk` is
   * where others find it. @throws Skip where the machine has no user name spaces
   */
  async startOnSmallDisk(
    env: Readonly<Record<string, string>>,
    bytes: number,
  ): Promise<{ readonly server: RunningServer; readonly disk: string }> {
    const mount = `mount -t tmpfs -o size=${bytes},mode=700 tmpfs ${smallDisk}`;
    const within = (script: string): string[] => ['-Urm', 'sh', '-c', `${mount} && ${script}`];
    if (spawnSync('unshare', within('true')).status !== 0)
      throw new Skip('no user name spaces with tmpfs here, so no disk that fills up');
    const prefix = ['unshare', ...within('exec "$0" "$@"')];
    const server = await startDefault(this.#runtime, env, { dataDir: smallDisk, prefix });
    this.#servers.push(server);
    return { server, disk: `/proc/${server.pid}/root${smallDisk}` };
  }
}

const smallDisk = '/mnt';
