import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { lastingPort } from '../free-port.ts';
import { answers } from './redis-server.ts';

const source = join(import.meta.dirname, 's3');
const cache = join(import.meta.dirname, '../../.cache');
const BUILD_MS = 100_000;

/**
 * An S3 server that checks signatures (github.com/rclone/gofakes3, MIT; `s3/go.mod` pins it), built where Go is installed. Go keeps
 * what it built: the second time takes a moment.
 */
const program: string | undefined = build();
/** Why tests with an S3-compatible store are skipped; undefined where there is one. */
export const missingS3: string | undefined =
  program === undefined ? 'Go is not installed, or its modules cannot be fetched' : undefined;

function build(): string | undefined {
  mkdirSync(cache, { recursive: true });
  const target = join(cache, 's3-server');
  const made = `${target}.${process.pid}`;
  const { status } = spawnSync('go', ['build', '-o', made, '.'], {
    cwd: source,
    stdio: 'ignore',
    timeout: BUILD_MS,
  });
  if (status !== 0) return undefined;
  renameSync(made, target); // another test may have it open
  return target;
}

export interface S3Server {
  readonly accessKey: string;
  readonly secretKey: string;
  /** The address of one of its buckets. */
  bucket(name: string): string;
  /** As `kill -9`. */
  kill(): Promise<void>;
  /** On the same port, empty. */
  restart(): Promise<void>;
}

const accessKey = 'ACCESSKEY';
const secretKey = 'secret/key+of=tests';

/** In memory, on a free loopback port. */
export async function startS3(...buckets: readonly string[]): Promise<S3Server> {
  if (program === undefined) throw new Error(missingS3);
  const port = await lastingPort();
  const open = (): Promise<ChildProcess> =>
    start(program, [String(port), accessKey, secretKey, ...buckets], port);
  let child = await open();
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  return {
    accessKey,
    secretKey,
    bucket: (name) => `http://127.0.0.1:${port}/${name}`,
    kill,
    async restart() {
      await kill();
      child = await open();
    },
  };
}

async function start(program: string, args: readonly string[], port: number): Promise<ChildProcess> {
  const child = spawn(program, args, { stdio: 'ignore' });
  process.once('exit', () => child.kill('SIGKILL'));
  for (const end = Date.now() + 60_000; Date.now() < end; ) {
    if (await answers(port)) return child;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('the S3 server did not start in time');
}
