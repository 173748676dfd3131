import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, startServer } from '../server.ts';
import { type Context, lacks } from './context.ts';
import { LiveClient } from './live-client.ts';

const MiB = 2 ** 20;

/** How much a client of a socket may send in one message. */
export function addSocketMessages({ runtime, origin }: Context): void {
  describe('messages of a socket', () => {
    let server: RunningServer;
    beforeAll(async () => {
      const limits = { FISH_MAX_BODY: '2MiB', FISH_MAX_RECEIVING: '8MiB' };
      server = await startServer(runtime, { env: { FISH_BACKEND: origin().url, ...limits } });
    });
    afterAll(() => server?.stop());

    it('may be as large as a body when a session starts, and 1 MiB later', async () => {
      const session = await LiveClient.start(server.url, { more: ' '.repeat(1.5 * MiB) });
      session.say('It has begun. ');
      session.send({ event: 'flush' });
      await expect.poll(() => session.audio.length, { timeout: 15_000 }).toBeGreaterThan(0);
      session.send({ event: 'text', text: ' '.repeat(1.1 * MiB) });
      const message = `The message is larger than ${MiB} bytes.`;
      expect(await session.end()).toEqual({ event: 'finish', reason: 'error', message });
    });

    it('end the session when they are larger than that', async () => {
      const session = await LiveClient.start(server.url, { more: ' '.repeat(2.1 * MiB) });
      expect(await session.closed).toBeGreaterThan(999);
      expect(session.messages.filter(({ event }) => event === 'audio')).toEqual([]);
    });

    it.skipIf(lacks(runtime, 'unfinished-messages'))('that never end share one budget', async () => {
      const half = (session: LiveClient): void =>
        session.socket.send(Buffer.alloc(1.5 * MiB), { fin: false });
      const sessions = await Promise.all(Array.from({ length: 9 }, () => LiveClient.open(server.url)));
      for (const session of sessions) half(session);
      const staying = (): LiveClient[] => sessions.filter(({ messages }) => messages.length === 0);
      await expect.poll(() => staying().length).toBe(1); // there is room for one, whichever came first
      const [stayed] = staying();
      const message = 'The server is busy. Please try again later.';
      for (const session of sessions) {
        if (session !== stayed)
          expect(await session.end()).toEqual({ event: 'finish', reason: 'error', message });
      }
      expect(stayed?.messages).toEqual([]);
      stayed?.socket.terminate();
    });

    it.skipIf(lacks(runtime, 'unfinished-messages'))('are refused before they are whole', async () => {
      const session = await LiveClient.start(server.url);
      session.socket.send(Buffer.alloc(1.2 * MiB), { fin: false });
      const message = `The message is larger than ${MiB} bytes.`;
      expect(await session.end()).toEqual({ event: 'finish', reason: 'error', message });
    });
  });
}
