import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, startServer } from '../server.ts';
import { type Context, lacks } from './context.ts';
import { LiveClient } from './live-client.ts';

const crowd = 300;
/** More that say nothing than a session may have. */
const messages = 1100;
const key = { authorization: 'Bearer secret' };

/** Requests that come in the same moment. */
export function addBursts({ runtime, origin }: Context): void {
  describe.skipIf(lacks(runtime, 'process'))('requests that come at once', () => {
    let server: RunningServer;
    const agent = new Agent({ keepAlive: true, maxFreeSockets: crowd + 1 });
    beforeAll(async () => {
      server = await startServer(runtime, { env: { FISH_BACKEND: origin().url, FISH_API_KEY: 'secret' } });
    });
    afterAll(async () => {
      agent.destroy();
      await server?.stop();
    });

    /** Resolves to the status; `sent` when the request is on its way. */
    const ask = (path: string, id: string): { sent: Promise<void>; status: Promise<number> } => {
      const headers = { 'x-request-id': id };
      const call = request(`${server.url}${path}`, { agent, headers });
      const status = once(call, 'response').then(([response]) => {
        response.resume();
        return once(response, 'end').then(() => response.statusCode as number);
      });
      const sent = new Promise<void>((resolve) => void call.end(resolve));
      return { sent, status };
    };

    // The server sleeps while they are sent, so that it finds all of them when it wakes.
    it('keep nobody from the answer of a probe', async () => {
      const open = Array.from({ length: crowd + 1 }, () => ask('/health', 'open').status);
      await Promise.all(open); // the connections are there
      server.signal('SIGSTOP');
      const refused = Array.from({ length: crowd }, (_, index) => ask('/v1/nothing', `burst-${index}`));
      await Promise.all(refused.map(({ sent }) => sent));
      const probe = ask('/v1/health', 'probe');
      await probe.sent;
      server.signal('SIGCONT');
      expect(await probe.status).toBe(200);
      expect(new Set(await Promise.all(refused.map(({ status }) => status)))).toEqual(new Set([401]));
      const ended = (): string[] =>
        server.logs.map(({ id }) => String(id)).filter((id) => /^(burst|probe)/.test(id));
      await expect.poll(() => ended().length).toBe(crowd + 1);
      expect(ended().indexOf('probe')).toBeLessThan(crowd / 2);
    });

    it('keep nobody from the answer of a probe when they are messages of a socket', async () => {
      await ask('/health', 'open').status; // there is a connection
      const session = await LiveClient.open(server.url, { ...key, 'x-request-id': 'session' });
      server.signal('SIGSTOP');
      session.begin();
      for (let sent = 0; sent < messages; sent++) session.say(' . ');
      await expect.poll(() => session.socket.bufferedAmount).toBe(0);
      const probe = ask('/v1/health', 'other-probe');
      await probe.sent;
      server.signal('SIGCONT');
      expect(await probe.status).toBe(200);
      const message = 'Too many messages that say nothing.';
      expect(await session.end()).toEqual({ event: 'finish', reason: 'error', message });
      const ended = (): string[] =>
        server.logs.map(({ id }) => String(id)).filter((id) => ['session', 'other-probe'].includes(id));
      await expect.poll(ended).toEqual(['other-probe', 'session']);
    });
  });
}
