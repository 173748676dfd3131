import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastingPort } from '../free-port.ts';
import { answers } from './redis-server.ts';

/**
 * An S3 server that checks signatures (github.com/jamhall/s3rver, MIT). Fetched from npm at the first run and kept in `.cache`:
 * its hundred packages are for these tests alone.
 */
const VERSION = '3.7.1';
const cache = join(import.meta.dirname, '../../.cache');
const installed = join(cache, `s3rver-${VERSION}`);
const program = join(installed, 'node_modules/s3rver/bin/s3rver.js');

/** Why tests with an S3-compatible store are skipped; undefined where there is one. */
export const missingS3: string | undefined =
  existsSync(program) || install() ? undefined : 's3rver cannot be fetched';

function install(): boolean {
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 's3rver-'));
  const args = [
    'install',
    `s3rver@${VERSION}`,
    '--prefix',
    folder,
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
  ];
  const { status } = spawnSync('npm', args, { stdio: 'ignore', timeout: 100_000 });
  try {
    if (status === 0) renameSync(folder, installed);
  } catch {
    // another test was faster
  }
  rmSync(folder, { recursive: true, force: true });
  return existsSync(program);
}

export interface S3Server {
  readonly accessKey: string;
  readonly secretKey: string;
  /** The address of one of its buckets. */
  bucket(name: string): string;
  /** As `kill -9`. */
  kill(): Promise<void>;
  /** On the same port, with what it had. */
  restart(): Promise<void>;
}

/** On a free loopback port. */
export async function startS3(...buckets: readonly string[]): Promise<S3Server> {
  const port = await lastingPort();
  const folder = mkdtempSync(join(tmpdir(), 'fish-edge-s3-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const args = ['--directory', folder, '--address', '127.0.0.1', '--port', String(port), '--silent'];
  const command = [program, ...args, ...buckets.flatMap((name) => ['--configure-bucket', name])];
  let child = await start(command, port);
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  return {
    accessKey: 'S3RVER',
    secretKey: 'S3RVER',
    bucket: (name) => `http://127.0.0.1:${port}/${name}`,
    kill,
    async restart() {
      await kill();
      child = await start(command, port);
    },
  };
}

async function start(command: readonly string[], port: number): Promise<ChildProcess> {
  const child = spawn(process.execPath, command, { stdio: 'ignore' });
  process.once('exit', () => child.kill('SIGKILL'));
  for (const end = Date.now() + 60_000; Date.now() < end; ) {
    if (await answers(port)) return child;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('s3rver did not start in time');
}
