import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { spawnServer, startServer } from '../server.ts';
import { type Context, endless, lacks, post, startingMs } from './context.ts';

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

  describe.skipIf(lacks(runtime, 'process'))('the process', { timeout: startingMs }, () => {
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

    it.each(['/dev/null/nowhere', '/proc/nowhere'])(
      'keeps state in memory where files cannot be written (%s), and says so',
      async (folder) => {
        const env = { FISH_BACKEND: origin().url, FISH_DATA_DIR: folder };
        const server = await startServer(runtime, { env: { ...env, FISH_STATE: 'auto' } });
        expect((await fetch(`${server.url}/v1/pronunciations`)).status).toBe(200);
        await expect
          .poll(() => server.logs.map(({ message }) => message))
          .toContain('state is kept in memory and lost with this process');
        await server.stop();
        const { code, stderr } = await run([], { ...env, FISH_STATE: 'sqlite', FISH_LISTEN: '127.0.0.1:0' });
        expect([code, stderr]).toEqual([1, expect.stringMatching(/^fish-server: state\.store: .*\n$/)]);
      },
    );

    it('refuses to start where the voice that it is to speak with has no room', async () => {
      const { code, stderr } = await run([], { FISH_DATA_DIR: '/proc/nowhere', FISH_LISTEN: '127.0.0.1:0' });
      expect([code, stderr]).toEqual([
        1,
        expect.stringMatching(/^fish-server: Cannot write \/proc\/nowhere.*\n$/),
      ]);
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
      const [holding, free] = [
        await startServer(runtime, { env }),
        await startServer(runtime, { env: { ...env, BUN_CONFIG_MAX_HTTP_REQUESTS: '300' } }),
      ];
      await expect
        .poll(() => holding.stderr())
        .toContain('the origins have 300 slots, but Bun sends 256 requests at once');
      expect(free.stderr()).not.toContain('requests at once');
      await Promise.all([holding.stop(), free.stop()]);
    });

    it('logs what nobody caught as a line, without a stack on stderr, and goes on', async () => {
      const file = fileURLToPath(new URL('../stray-errors.mjs', import.meta.url));
      const preload = [runtime === 'node' ? '--import' : '--preload', file];
      const env = { FISH_BACKEND: origin().url };
      const server = await startServer(runtime, { env, runtimeArgs: preload });
      const before = server.stderr();
      server.signal('SIGUSR2');
      const causes = (): unknown[] => server.logs.map(({ cause }) => cause);
      await expect.poll(causes).toContain('Error: a stray exception');
      await expect.poll(causes).toContain('Error: a stray rejection of two lines');
      await expect.poll(causes).toContain('Error: a stray line');
      await expect.poll(causes).toContainEqual(expect.stringContaining('a stray warning'));
      expect((await fetch(`${server.url}/v1/health`)).status).toBe(200);
      expect(server.stderr()).toBe(before);
      await server.stop();
    });

    it('writes nothing to stderr when answers break off', async () => {
      const env = { FISH_BACKEND: origin().url, FISH_BACKEND_IDLE_TIMEOUT: '1s' };
      const server = await startServer(runtime, { env });
      const before = server.stderr();
      for (const streaming of [true, false]) {
        const text = `[[bodyBytes=400000]] [[silentAfterBytes=200000]] It breaks off, ${streaming}.`;
        const body = JSON.stringify({ text, streaming, format: 'wav' });
        const headers = { 'content-type': 'application/json' };
        const asked = fetch(`${server.url}/v1/tts`, { method: 'POST', headers, body });
        await expect(asked.then((response) => response.arrayBuffer())).rejects.toThrow();
      }
      await expect.poll(() => server.logs.filter(({ outcome }) => outcome === 'error')).toHaveLength(2);
      expect(server.stderr()).toBe(before);
      await server.stop();
    });

    it('warns whoever opens it to everybody, with the line that mends it', async () => {
      const warning = 'everybody who reaches this port can use this server: no key is set';
      const env = { FISH_BACKEND: origin().url, FISH_LISTEN: '0.0.0.0:0' };
      const [open, keyed, local] = [
        await startServer(runtime, { env }),
        await startServer(runtime, { env: { ...env, FISH_API_KEY: 'a-key' } }),
        await startServer(runtime, { env: { ...env, FISH_LISTEN: '127.0.0.1:0' } }),
      ];
      const told = (server: typeof open): unknown => server.logs.find(({ message }) => message === warning);
      await expect
        .poll(() => told(open))
        .toMatchObject({
          level: 'warn',
          mend: expect.stringContaining('fish-ctl -- keys create'),
        });
      await expect.poll(() => open.stderr()).toContain(`WARNING: ${warning}`);
      for (const server of [keyed, local]) {
        expect([told(server), server.stderr()]).toEqual([undefined, expect.not.stringContaining('WARNING')]);
      }
      await Promise.all([open, keyed, local].map((server) => server.stop()));
    });

    it('takes no password in an address, and prints none', async () => {
      const address = 'http://ada:geheim@127.0.0.1:8081';
      for (const name of ['FISH_BACKEND', 'FISH_TRANSCRIPTION_URL', 'FISH_STATE']) {
        const { code, stdout, stderr } = await run([], { [name]: address, FISH_LISTEN: '127.0.0.1:0' });
        expect([code, stderr]).toEqual([
          1,
          expect.stringMatching(new RegExp(`^fish-server: ${name}: must .*\\n$`)),
        ]);
        expect(stdout + stderr).not.toContain('geheim');
      }
      const origins = JSON.stringify([{ url: address }]);
      const { code, stderr } = await run([], { FISH_ORIGINS: origins, FISH_LISTEN: '127.0.0.1:0' });
      expect([code, stderr]).toEqual([1, expect.not.stringContaining('geheim')]);
    });

    it('keeps its state for its owner alone, also what was looser', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'fish-edge-modes-'));
      const data = join(folder, 'data');
      await mkdir(data, { mode: 0o755 });
      const loose = ['keys.json', 'records.db', 'records.db-wal', 'cache.db'];
      for (const name of loose) await writeFile(join(data, name), '', { mode: 0o644 });
      await writeFile(join(data, 'keys.json'), '{"keys":[]}');
      await chmod(data, 0o755);
      const server = await startServer(runtime, {
        env: {
          FISH_BACKEND: origin().url,
          FISH_DATA_DIR: data,
          FISH_STATE: 'sqlite',
          FISH_KEYS_FILE: join(data, 'keys.json'),
        },
        runtimeArgs: runtime === 'deno' ? [`--allow-read=${folder}`, `--allow-write=${folder}`] : [],
      });
      const modes = async (): Promise<string[]> => {
        const names = (await readdir(data)).map((name) => join(data, name));
        const found = await Promise.all(
          [data, ...names].map((path) => stat(path).catch(() => undefined)), // SQLite's own come and go
        );
        return found.flatMap((one) => (one ? [(one.mode & 0o777).toString(8)] : []));
      };
      expect(new Set(await modes())).toEqual(new Set(['700', '600']));
      await server.stop();
      await rm(folder, { recursive: true });
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
      const response = await post(`${server.url}/v1/tts`, {
        text: `${endless} [[bodyBytes=20000]] Farewell.`,
        streaming: true,
      });
      server.signal('SIGTERM');
      await expect.poll(() => server.logs.some((line) => line.message === 'stopping')).toBe(true);
      origin().release();
      const { byteLength } = await response.arrayBuffer();
      expect(byteLength).toBeGreaterThan(44 + 20_000);
      expect((byteLength - 44) % 4000).toBe(0); // whole pieces
      expect(await server.exited).toBe(0);
      await expect(fetch(`${server.url}/v1/health`)).rejects.toThrow();
    });

    it('exits at once on a second signal', async () => {
      const server = await startServer(runtime, { env: { FISH_BACKEND: origin().url } });
      const response = await post(`${server.url}/v1/tts`, { text: `${endless} Endless.`, streaming: true });
      server.signal('SIGTERM');
      await expect.poll(() => server.logs.some((line) => line.message === 'stopping')).toBe(true);
      server.signal('SIGTERM');
      expect(await server.exited).toBe(130);
      await expect(response.arrayBuffer()).rejects.toThrow();
    });
  });
}
