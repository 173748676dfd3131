import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { type Context, lacks } from './context.ts';

/** Requests that would change the protocol, rightly or wrongly. */
export function addHandshakes({ runtime, server }: Context): void {
  const url = (): string => server().url;

  describe('a handshake', () => {
    it('answers a handshake whose host is none, as the runtime takes it: never with a cut', async () => {
      const { hostname, port } = new URL(url());
      const socket = connect(Number(port), hostname);
      const key =
        'Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==';
      socket.write(`GET /v1/tts/live HTTP/1.1\r\nHost: [wrong\r\n${key}\r\n\r\n`);
      const [answer] = await Promise.race([once(socket, 'data'), once(socket, 'close')]);
      socket.destroy();
      expect(String(answer)).toMatch(/^HTTP\/1\.1 (400|101) /);
    });

    it.skipIf(lacks(runtime, 'other-upgrades'))(
      'leaves other protocols alone: Java asks for one with every request',
      async () => {
        const headers = {
          connection: 'Upgrade, HTTP2-Settings',
          upgrade: 'h2c',
          'http2-settings': 'AAEAAEAAAAIAAAAA',
        };
        const call = request(`${url()}/v1/tts`, {
          method: 'POST',
          headers: { ...headers, 'content-type': 'application/json' },
        });
        call.end(JSON.stringify({ text: 'Spoken all the same.' }));
        const [response] = (await once(call, 'response')) as [IncomingMessage];
        expect(response.statusCode).toBe(200);
        response.destroy();
      },
    );

    it('is a WebSocket and nothing else', async () => {
      const response = await fetch(`${url()}/v1/tts/live`);
      const upgrade = runtime === 'workers' ? null : 'websocket'; // workerd keeps such headers to itself
      expect([response.status, response.headers.get('upgrade')]).toEqual([426, upgrade]);
      expect((await fetch(`${url()}/v1/tts/live`, { method: 'POST' })).status).toBe(405);
    });
  });
}
