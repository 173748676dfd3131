import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endProcess } from '../bench/processes.ts';
import type { RunningServer, Runtime } from '../test/conformance/server.ts';
import { startDefault } from './servers.ts';

/** Thrown by a case that cannot be tried here: it is told in the table, and is no failure. */
export class Skip extends Error {}

/** Servers and folders that one case makes for itself. */
export class Belongings {
  readonly #runtime: Runtime;
  readonly #folders: string[] = [];
  readonly #servers: RunningServer[] = [];
  readonly #children: ChildProcess[] = [];

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  async folder(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'fish-edge-attack-'));
    this.#folders.push(folder);
    return folder;
  }

  async start(env: Readonly<Record<string, string>>, dataDir?: string): Promise<RunningServer> {
    const server = await startDefault(this.#runtime, env, dataDir);
    this.#servers.push(server);
    return server;
  }

  async drop(): Promise<void> {
    for (const server of this.#servers) await server.stop();
    for (const child of this.#children) await endProcess(child);
    for (const folder of this.#folders) await rm(folder, { recursive: true, force: true });
  }

  /**
   * A folder on a file system of `bytes`, in memory, that only its own name space sees (unshare(1)): reached through /proc,
   * so that the server needs no right of its own. @throws Skip where the machine has no user name spaces
   */
  async smallDisk(bytes: number): Promise<string> {
    const script = `mount -t tmpfs -o size=${bytes},mode=700 tmpfs /mnt && echo ready && exec sleep 600`;
    const child = spawn('unshare', ['-Urm', 'sh', '-c', script], { stdio: ['ignore', 'pipe', 'ignore'] });
    this.#children.push(child);
    const ready = new Promise<boolean>((resolve) => {
      child.once('error', () => resolve(false));
      child.once('exit', () => resolve(false));
      child.stdout?.once('data', () => resolve(true));
    });
    if (!(await ready)) throw new Skip('no user name spaces with tmpfs here, so no disk that is full');
    return `/proc/${child.pid}/root/mnt`;
  }
}
