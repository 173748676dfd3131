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

let folder: string;
let redis: RedisServer | undefined;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fish-edge-state-'));
  if (!missingRedis) redis = await startRedis();
});
afterAll(async () => {
  await redis?.kill();
  await rm(folder, { recursive: true });
});

describe.each(Object.entries(runtimes))('the stores on %s', (runtime, args) => {
  const noRuntime = existsSync(binaries + runtime) ? undefined : 'the runtime is not installed';
  describe.each(['memory', 'sqlite', 'redis'])('%s', (store) => {
    const skipped = noRuntime ?? (store === 'redis' ? missingRedis : undefined);
    const name = `passes every check${skipped ? ` (skipped: ${skipped})` : ''}`;
    test.skipIf(skipped)(name, { timeout: 60_000 }, async () => {
      const asked = store === 'redis' ? (redis?.url ?? '') : store;
      const command = [...args, script, asked, join(folder, runtime)];
      const { stdout, stderr } = await promisify(execFile)(binaries + runtime, command, { timeout: 55_000 });
      const { results, logs } = JSON.parse(stdout) as { results: CheckResult[]; logs: string[] };
      expect(results.filter(({ error }) => error)).toEqual([]);
      expect(results.length).toBeGreaterThan(10);
      expect({ logs, stderr }).toEqual({ logs: [], stderr: '' });
    });
  });
});
