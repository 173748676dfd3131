import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasRuntime, type RunningServer, type Runtime, startServer } from '../conformance/server.ts';
import { post } from '../conformance/suites/context.ts';
import { LiveClient } from '../conformance/suites/live-client.ts';
import { type FakeOrigin, startFakeOrigin } from '../fake-origin.ts';

const runtimes: readonly Runtime[] = ['node', 'bun', 'deno'];
/** Where Deno may read as well. */
const cache = join(import.meta.dirname, '../../node_modules/.cache');
mkdirSync(cache, { recursive: true });
/** Speech that stands still in its middle. */
const slow = '[[chunkBytes=4000]] [[heldAfterBytes=40000]] [[bodyBytes=80000]]';

/** SIGHUP takes over keys and limits while speech runs. */
describe.each(runtimes)('%s on SIGHUP', (runtime) => {
  describe.skipIf(!hasRuntime(runtime))('(skipped without it)', () => {
    const folder = mkdtempSync(join(cache, 'fish-edge-reload-limits-'));
    const file = join(folder, 'config.yaml');
    let origin: FakeOrigin;
    let server: RunningServer;
    const write = (settings: object): void => {
      writeFileSync(file, JSON.stringify({ backend: { url: origin.url }, ...settings }));
    };
    const linesOf = (message: string): Record<string, unknown>[] =>
      server.logs.filter((line) => line.message === message);
    const reload = async (message = 'settings read again'): Promise<Record<string, unknown>> => {
      const before = linesOf(message).length;
      server.signal('SIGHUP');
      await expect.poll(() => linesOf(message).length).toBe(before + 1);
      return linesOf(message).at(-1) ?? {};
    };
    const speak = async (key: string, text = 'Hello.'): Promise<number> => {
      const headers = { authorization: `Bearer ${key}` };
      const answer = await post(`${server.url}/v1/tts`, { text, streaming: true }, { headers });
      await answer.arrayBuffer();
      return answer.status;
    };
    beforeAll(async () => {
      origin = await startFakeOrigin();
      write({ auth: { api_key: 'the-old-key' } });
      const env = {
        FISH_FALLBACK: 'false',
        FISH_CACHE: 'off',
        FISH_RATE_LIMIT: '0',
        FISH_LINKS_MAX_AGE: '1h',
      };
      server = await startServer(runtime, { args: ['--config', file], env });
    });
    afterAll(async () => {
      await server?.stop();
      await origin?.close();
      rmSync(folder, { recursive: true, force: true });
    });

    it('another key holds at once, also for who has a socket open; speech goes on, and no log has a key', async () => {
      const headers = { authorization: 'Bearer the-old-key' };
      const socket = await LiveClient.start(server.url, {}, headers);
      socket.say('Over a socket.');
      expect((await socket.finish()).at(-1)).toMatchObject({ event: 'finish', reason: 'stop' });
      const speaking = post(`${server.url}/v1/tts`, { text: `${slow} On.`, streaming: true }, { headers });
      await origin.until(() => origin.queued === 1);
      write({ auth: { api_key: 'the-new-key' } });
      expect(await reload()).toMatchObject({ level: 'info', changed: 'auth.api_key' });
      expect(await speak('the-old-key')).toBe(401);
      origin.release();
      expect((await (await speaking).arrayBuffer()).byteLength).toBe(80_044);
      expect(await speak('the-new-key')).toBe(200);
      socket.begin({ text: 'Again.' });
      expect((await socket.finish()).at(-1)).toMatchObject({ reason: 'error' });
      await socket.leave();
      expect(JSON.stringify(server.logs) + server.stderr()).not.toMatch(/the-(old|new)-key/);
    });

    it('a file without its keys opens no server', async () => {
      write({});
      const { problem } = await reload('settings are wrong and were left as they are');
      expect(problem).toMatch(/open to everybody/);
      expect(await speak('')).toBe(401);
      expect(await speak('the-new-key')).toBe(200);
    });

    it('other limits hold at once; what needs a restart is named', async () => {
      const auth = { api_key: 'the-new-key' };
      write({
        auth,
        limits: { max_text_length: 10, max_streams: 1, client_share: 100 },
        queue: { max_pending: 7 },
      });
      expect(await reload()).toMatchObject({
        changed: 'limits.max_text_length, limits.max_streams, limits.client_share',
      });
      const warned = (): unknown => linesOf('settings changed that need a restart').at(-1);
      await expect.poll(warned).toMatchObject({
        level: 'warn',
        settings: 'queue.max_pending',
      });
      expect(await speak('the-new-key', 'More than ten characters.')).toBe(400);
      write({ auth, limits: { max_streams: 1, client_share: 100 } });
      await reload();
      const headers = { authorization: 'Bearer the-new-key' };
      const first = post(`${server.url}/v1/tts`, { text: `${slow} On.`, streaming: true }, { headers });
      await origin.until(() => origin.queued === 1);
      expect(await speak('the-new-key')).toBe(503);
      write({ auth, limits: { max_streams: 100 } });
      await reload();
      const second = speak('the-new-key');
      origin.release();
      expect((await (await first).arrayBuffer()).byteLength).toBe(80_044);
      expect(await second).toBe(200);
    });

    it('and leaves what was signed before as good as it was', async () => {
      const headers = { authorization: 'Bearer the-new-key' };
      const asked = await post(`${server.url}/v1/audio/speech/url`, { input: 'Play me.' }, { headers });
      const { url } = (await asked.json()) as { url: string };
      write({ auth: { api_key: 'the-new-key' }, live: { max_sockets: 5 } });
      expect(await reload()).toMatchObject({ changed: expect.stringContaining('live.max_sockets') });
      const heard = await fetch(new URL(url, server.url));
      expect(heard.status).toBe(200);
      await heard.arrayBuffer();
    });
  });
});
