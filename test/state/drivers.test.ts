import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CheckResult } from './check.ts';
import { missingRedis, type RedisServer, startRedis } from './redis-server.ts';
import { missingS3, type S3Server, startS3 } from './s3-server.ts';

const script = fileURLToPath(new URL('./on-runtime.ts', import.meta.url));
const binaries = fileURLToPath(new URL('../../node_modules/.bin/', import.meta.url));
const runtimes: Record<string, string[]> = {
  node: [],
  bun: ['run'],
  deno: [
    'run',
    '--no-lock',
    '--no-prompt',
    '--allow-read',
    '--allow-write',
    '--allow-env',
    '--allow-net',
    '--allow-sys',
  ],
};

const bucketOf = (runtime: string): string => `on-${runtime}`;

let folder: string;
let redis: RedisServer | undefined;
let s3: S3Server | undefined;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fish-edge-state-'));
  if (!missingRedis) redis = await startRedis();
  if (!missingS3) s3 = await startS3(...Object.keys(runtimes).map(bucketOf));
});
afterAll(async () => {
  await redis?.kill();
  await s3?.kill();
  await rm(folder, { recursive: true });
});

describe.each(Object.entries(runtimes))('the stores on %s', (runtime, args) => {
  const noRuntime = existsSync(binaries + runtime) ? undefined : 'the runtime is not installed';
  describe.each([
    { name: 'memory', store: 'memory' },
    { name: 'sqlite', store: 'sqlite' },
    { name: 'redis', store: 'redis' },
    { name: 'memory, files in S3', store: 'memory', isS3: true },
  ])('$name', ({ store, isS3 = false }) => {
    const missing = isS3 ? missingS3 : store === 'redis' ? missingRedis : undefined;
    const skipped = noRuntime ?? missing;
    const name = `passes every check${skipped ? ` (skipped: ${skipped})` : ''}`;
    test.skipIf(skipped)(name, { timeout: 60_000 }, async () => {
      const asked = store === 'redis' ? (redis?.url ?? '') : store;
      const bucket = isS3 && s3 ? [s3.bucket(bucketOf(runtime))] : [];
      const command = [...args, script, asked, join(folder, runtime), ...bucket];
      const env = { ...process.env, FISH_S3_ACCESS_KEY: s3?.accessKey, FISH_S3_SECRET_KEY: s3?.secretKey };
      const options = { timeout: 55_000, env };
      const { stdout, stderr } = await promisify(execFile)(binaries + runtime, command, options);
      const report = JSON.parse(stdout) as { results: CheckResult[]; logs: string[]; abilities: object };
      expect(report.results.filter(({ error }) => error)).toEqual([]);
      expect(report.results.length).toBeGreaterThan(20);
      const logs = store === 'redis' ? ['files lie on this disk: other servers do not see them'] : [];
      expect({ logs: report.logs, stderr }).toEqual({ logs, stderr: '' });
      expect(report.abilities).toMatchObject({ lasting: isS3 || store !== 'memory', shared: isS3 });
    });
  });
});
