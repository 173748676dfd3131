import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, describe, expect, it } from 'vitest';
import { type Client, runClient } from './check.ts';
import type { Ground } from './ground.ts';
import { runProgram } from './python.ts';

const noGround = {} as Ground;
const folder = mkdtempSync(join(tmpdir(), 'fish-edge-runner-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A killed orphan may stay as a zombie, where the first process of a container collects none. */
function isRunning(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
  return stdout.trim() !== '' && !stdout.startsWith('Z');
}

describe('the runner of clients', { timeout: 180_000 }, () => {
  it('counts a check that hangs as failed, and begins none after the deadline of its client', async () => {
    let begun = 0;
    const checks: Client['checks'] = {
      passes: async () => void begun++,
      hangs: () => new Promise(() => {}),
      'comes too late': async () => void begun++,
    };
    const results = await runClient({ client: 'c', version: '1', checks }, noGround, 500);
    expect(results.map(({ ok }) => ok)).toEqual([true, false, false]);
    expect(begun).toBe(1);
  });

  it('kills a program that hangs with what it started, and keeps what it said before', async () => {
    const line = JSON.stringify({ client: 'c', version: '1', check: 'a', ok: true, why: '' });
    const script = `sleep 600 & echo '${line}'; echo "{$!"; wait`;
    const results = await runProgram('c', 'sh', ['-c', script], noGround, undefined, 6000);
    expect(results.map(({ check, ok }) => [check, ok])).toEqual([
      ['a', true],
      ['prints results', false],
      ['runs to its end', false],
    ]);
    const pid = Number(/\{(\d+)/.exec(results[1]?.why ?? '')?.[1]);
    expect(pid).toBeGreaterThan(1);
    await expect.poll(() => isRunning(pid)).toBe(false);
  });

  it('says why a program cannot be started', async () => {
    const [result] = await runProgram('c', join(folder, 'none'), [], noGround);
    expect(result).toMatchObject({ ok: false, why: expect.stringContaining('ENOENT') });
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('ends its servers on %s', async (name) => {
    const args = [join(import.meta.dirname, 'run.ts'), 'openai-node'];
    const env = { ...process.env, FISH_DATA_DIR: folder }; // no embedded voice: it starts sooner
    const runner = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
    const exited = once(runner, 'exit');
    let servers: readonly string[] = [];
    createInterface({ input: runner.stderr }).on('line', (line) => {
      if (line.startsWith('servers: ')) servers = line.match(/http:\S+/g) ?? [];
      if (line.includes('openai-node')) runner.kill(name); // it waits some seconds for a Retry-After
    });
    expect(await exited).toEqual([130, null]);
    expect(servers).toHaveLength(4);
    for (const url of servers) await expect(fetch(`${url}/health`)).rejects.toThrow('fetch failed');
  });
});
