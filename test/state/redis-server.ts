import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { lastingPort } from '../free-port.ts';

/** Why tests with Redis are skipped; undefined where it is installed. */
export const missingRedis: string | undefined =
  spawnSync('redis-server', ['--version']).status === 0 ? undefined : 'redis-server is not installed';

export interface RedisServer {
  readonly url: string;
  /** As `kill -9`. */
  kill(): Promise<void>;
  /** It takes connections and answers nothing, as one does that is about to fail over. */
  freeze(): void;
  /** On the same port, empty. */
  restart(): Promise<void>;
}

/** A Redis that keeps nothing on disk, on a free loopback port. */
export async function startRedis(): Promise<RedisServer> {
  const port = await lastingPort();
  let child = await start(port);
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  return {
    url: `redis://127.0.0.1:${port}`,
    kill,
    freeze: () => void child.kill('SIGSTOP'),
    async restart() {
      await kill();
      child = await start(port);
    },
  };
}

async function start(port: number): Promise<ChildProcess> {
  const options = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const child = spawn('redis-server', [...options, '--dir', tmpdir()], { stdio: 'ignore' });
  process.once('exit', () => child.kill('SIGKILL'));
  for (const end = Date.now() + 60_000; Date.now() < end; ) {
    if (await answers(port)) return child;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('redis-server did not start in time');
}

export function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const end = (yes: boolean): void => {
      socket.destroy();
      resolve(yes);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}
