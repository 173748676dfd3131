import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { spawnServer, startServer } from '../server.ts';
import { type Context, lacks, post } from './context.ts';

/** The process itself: wrong settings, signals, help. */
export function addProcess({ runtime, origin }: Context): void {
  const run = async (
    args: readonly string[],
    env: Record<string, string> = {},
  ): Promise<{ code: number | null; stdout: string; stderr: string }> => {
    const child = spawnServer(runtime, args, env);
    let stdout = '';
    let stderr = '';
    child.stdout?.on('data', (chunk) => (stdout += chunk));
    child.stderr?.on('data', (chunk) => (stderr += chunk));
    const [code] = await once(child, 'close');
    return { code, stdout, stderr };
  };

  describe.skipIf(lacks(runtime, 'process'))('the process', () => {
    it('names every wrong setting and exits 1', async () => {
      const file = fileURLToPath(
        new URL(`../../../node_modules/.cache/fish-edge-${runtime}.yaml`, import.meta.url),
      );
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, 'queue:\n  workers: many\nsever:\n  listen: x\n');
      const { code, stderr } = await run(['--log-level', 'loud', '--config', file], { FISH_LISTEN: 'x' });
      expect(code).toBe(1);
      for (const name of ['--log-level', 'FISH_LISTEN', 'queue.workers', 'sever'])
        expect(stderr).toContain(name);
    });

    it('keeps state in memory where files cannot be written, and says so', async () => {
      const env = { FISH_BACKEND: origin().url, FISH_DATA_DIR: '/dev/null/nowhere' };
      const server = await startServer(runtime, { env: { ...env, FISH_STATE: 'auto' } });
      expect((await fetch(`${server.url}/v1/pronunciations`)).status).toBe(200);
      expect(server.logs.map(({ message }) => message)).toContain(
        'state is kept in memory and lost with this process',
      );
      await server.stop();
      const { code, stderr } = await run([], { ...env, FISH_STATE: 'sqlite', FISH_LISTEN: '127.0.0.1:0' });
      expect([code, stderr]).toEqual([1, expect.stringMatching(/^fish-server: state\.store: .*\n$/)]);
    });

    it.each([
      ['FISH_KEYS', '{"keys": [{}]}'],
      ['FISH_KEYS_FILE', fileURLToPath(import.meta.url)],
    ])('refuses to start with a wrong %s: it would let everybody in', async (name, value) => {
      const env = { FISH_BACKEND: origin().url, FISH_LISTEN: '127.0.0.1:0', [name]: value };
      const { code, stderr } = await run([], { ...env, FISH_STATE: 'memory' });
      expect([code, stderr]).toEqual([1, expect.stringMatching(/^fish-server: auth\.keys.*the keys .*\n$/)]);
    });

    it.runIf(runtime === 'bun')('says when Bun holds requests back', async () => {
      const env = { FISH_BACKEND: origin().url, FISH_SLOTS: '300' };
      const [held, free] = [
        await startServer(runtime, { env }),
        await startServer(runtime, { env: { ...env, BUN_CONFIG_MAX_HTTP_REQUESTS: '300' } }),
      ];
      expect(held.stderr()).toContain('the origins have 300 slots, but Bun sends 256 requests at once');
      expect(free.stderr()).not.toContain('requests at once');
      await Promise.all([held.stop(), free.stop()]);
    });

    it('refuses an unknown flag', async () => {
      const { code, stderr } = await run(['--lisen', ':1']);
      expect([code, stderr]).toEqual([1, expect.stringContaining('--lisen')]);
    });

    it('prints help and its version', async () => {
      expect((await run(['--help'])).stdout).toContain('--backend VALUE');
      expect((await run(['version'])).stdout).toMatch(/^fish-server \d+\.\d+\.\d+\n$/);
    });

    it('lets running speech finish after SIGTERM, then exits 0', async () => {
      const server = await startServer(runtime, { env: { FISH_BACKEND: origin().url } });
      const text = '[[chunkBytes=4000]] [[chunkMs=50]] [[bodyBytes=60000]] Farewell.';
      const response = await post(`${server.url}/v1/tts`, { text, streaming: true });
      server.signal('SIGTERM');
      expect((await response.arrayBuffer()).byteLength).toBe(44 + 60_000);
      expect(await server.exited).toBe(0);
      await expect(fetch(`${server.url}/v1/health`)).rejects.toThrow();
    });

    it('exits at once on a second signal', async () => {
      const server = await startServer(runtime, { env: { FISH_BACKEND: origin().url } });
      const text = '[[chunkBytes=400]] [[chunkMs=100]] [[bodyBytes=90000]] Endless.';
      const response = await post(`${server.url}/v1/tts`, { text, streaming: true });
      server.signal('SIGTERM');
      await expect.poll(() => server.logs.some((line) => line.message === 'stopping')).toBe(true);
      server.signal('SIGTERM');
      expect(await server.exited).toBe(130);
      await expect(response.arrayBuffer()).rejects.toThrow();
    });
  });
}
