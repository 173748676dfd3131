import { describe, expect, it } from 'vitest';
import { lastingPort } from '../../free-port.ts';
import { startServer } from '../server.ts';
import { type Context, post, startingMs } from './context.ts';

/** What those who run a server ask it: does it live, can it speak, how is it. */
export function addHealth({ runtime, server, origin }: Context): void {
  const at = (path: string, init?: RequestInit): Promise<Response> => fetch(`${server().url}${path}`, init);

  describe('probes', () => {
    it.each([
      ['/livez', { status: 'ok' }],
      ['/readyz', { status: 'ready' }],
      ['/health', { status: 'ok' }],
    ])('%s is 200 and is not kept', async (path, body) => {
      const response = await at(path);
      expect([response.status, await response.json()]).toEqual([200, body]);
      expect(response.headers.get('cache-control')).toBe('no-store');
      expect((await at(path, { method: 'HEAD' })).status).toBe(200);
      expect((await at(path, { method: 'POST' })).status).toBe(405);
    });

    it('tells in detail what speaks and how it goes', async () => {
      await (await post(`${server().url}/v1/tts`, { text: 'One for the record.' })).arrayBuffer();
      const response = await at('/health?detailed=true');
      expect(await response.json()).toMatchObject({
        status: 'ok',
        version: expect.stringMatching(/^\d+\.\d+\.\d+/),
        ready: true,
        engine: 'fish',
        backend: { status: 'healthy', origins: [{ status: 'healthy' }] },
        performance: { queued: 0, first_audio_ms: { p50: expect.any(Number), p95: expect.any(Number) } },
      });
      expect((await at('/health?detailed=perhaps')).status).toBe(400);
    });
  });

  describe('probes of a server', { timeout: startingMs }, () => {
    it('with a key: readiness needs none, details do', async () => {
      const keyed = await startServer(runtime, {
        env: { FISH_BACKEND: origin().url, FISH_API_KEY: 'a-key' },
      });
      const status = async (path: string): Promise<number> => (await fetch(`${keyed.url}${path}`)).status;
      expect(await Promise.all(['/livez', '/readyz', '/health'].map(status))).toEqual([200, 200, 200]);
      expect(await status('/health?detailed=true')).toBe(401);
      await keyed.stop();
    });

    it('that nothing can speak for: it lives and is not ready, and says no address', async () => {
      const backend = `http://127.0.0.1:${await lastingPort()}`;
      const lonely = await startServer(runtime, { env: { FISH_BACKEND: backend, FISH_FALLBACK: 'false' } });
      expect((await fetch(`${lonely.url}/livez`)).status).toBe(200);
      const response = await fetch(`${lonely.url}/readyz`);
      const text = await response.text();
      expect([response.status, JSON.parse(text)]).toEqual([
        503,
        { status: 'not_ready', reason: expect.stringMatching(/^\w[\w ]+$/) },
      ]);
      expect(text).not.toContain('127.0.0.1');
      await lonely.stop();
    });
  });
}
