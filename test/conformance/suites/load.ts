import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, startServer } from '../server.ts';
import { bytesOf, type Context, post } from './context.ts';

const streams = 200;
const bodyBytes = 256_000_000;
const pieceBytes = 64_000;
/** Kernel buffers of two loopback connections (up to about 10 MB each) and what the runtime holds itself. */
const heldAtMost = 32_000_000;
const stallMs = 1500;
/** For a machine with other things to do. */
const patienceMs = 180_000;

export function addLoad({ runtime, origin }: Context): void {
  describe('under load', { timeout: patienceMs }, () => {
    let server: RunningServer;
    beforeAll(async () => {
      const env = {
        FISH_BACKEND: origin().url,
        FISH_SLOTS: '300',
        FISH_FALLBACK: 'false',
        FISH_BACKEND_MAX_CONNECTIONS: '300',
        FISH_LOG_LEVEL: 'warn',
      };
      server = await startServer(runtime, { env });
    });
    afterAll(() => server?.stop());

    it(`serves ${streams} streams at once, each to its end`, async () => {
      const lengths = await Promise.all(
        Array.from({ length: streams }, async (_, i) => {
          const text = `Crowd number ${1000 + i}`; // each its own speech
          return (await bytesOf(await post(`${server.url}/v1/tts`, { text, streaming: true }))).length;
        }),
      );
      expect(new Set(lengths).size).toBe(1);
      expect(lengths[0]).toBeGreaterThan(20_000);
    });
  });

  describe('a client that reads slowly', { timeout: patienceMs }, () => {
    let server: RunningServer;
    let fast: Server;
    let sent = 0;
    beforeAll(async () => {
      fast = createServer((request, response) => {
        request.on('error', () => {}).resume(); // the client leaves in the middle
        response.on('error', () => {});
        response.writeHead(200, { 'content-type': 'audio/wav' });
        pour(response, (bytes) => {
          sent = bytes;
        }).catch(() => {}); // the gateway closed the connection, as it should
      }).listen(0, '127.0.0.1');
      await once(fast, 'listening');
      const { port } = fast.address() as AddressInfo;
      server = await startServer(runtime, { env: { FISH_BACKEND: `http://127.0.0.1:${port}` } });
    });
    afterAll(async () => {
      await server?.stop();
      fast?.closeAllConnections();
      fast?.close();
    });

    it('never makes the server hold more than a fixed amount', async () => {
      const client = new AbortController();
      const init = { signal: client.signal };
      const response = await post(`${server.url}/v1/tts`, { text: 'Flood.', streaming: true }, init);
      await response.body?.getReader().read();
      let before: number;
      do {
        before = sent;
        await new Promise((resolve) => setTimeout(resolve, stallMs));
      } while (sent - before >= heldAtMost / 8 && sent < heldAtMost); // until it has come to a stop
      expect(sent).toBeLessThan(heldAtMost);
      client.abort();
    });
  });
}

/** Writes as fast as the reader takes, and tells how much the socket has taken. */
async function pour(
  response: NodeJS.WritableStream & { socket: Socket | null; destroyed?: boolean },
  told: (bytes: number) => void,
): Promise<void> {
  const piece = new Uint8Array(pieceBytes).fill(7);
  const closed = response.socket ? once(response.socket, 'close').catch(() => {}) : undefined;
  for (let at = 0; at < bodyBytes && response.socket && !response.socket.destroyed; at += pieceBytes) {
    if (!response.write(piece)) await Promise.race([once(response, 'drain'), closed]);
    told(response.socket?.bytesWritten ?? at);
  }
  response.end();
}
