import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, request, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, startServer } from '../server.ts';
import { type Context, startingMs } from './context.ts';

const wavHeaderBytes = 44;
const wholeBytes = 24_000_000;
/** Far more than the kernel's buffers of two connections hold. */
const endlessBytes = 512_000_000;
/** No divisor of any buffer's size: whatever is repeated, swapped or left out changes the sum. */
const pieceBytes = 99_990;
const pausesAfterBytes = 1_000_000;
const pauseMs = 15;
const untilMs = 60_000;
/** Most of a hundred megabytes is read with pauses, on a machine with other things to do. */
const hearingMs = 300_000;

/** Readers that stop, and readers that are slow: over HTTP, with a real socket's buffers in between. */
export function addSlowReaders({ runtime }: Context): void {
  describe('readers that are slow', () => {
    const piece = randomBytes(pieceBytes).fill(0, 0, 64); // begins as silence does, not as some file
    let origin: Server;
    let server: RunningServer;
    let closed = 0;

    beforeAll(async () => {
      origin = createServer((asked, response) => {
        asked.on('error', () => {});
        response.on('error', () => {});
        let body = '';
        asked.setEncoding('latin1').on('data', (part) => (body += part));
        asked.on('end', () => {
          response.on('close', () => closed++);
          response.writeHead(200, { 'content-type': 'audio/wav' });
          void pour(response, piece, body.includes('endless') ? endlessBytes : wholeBytes);
        });
      }).listen(0, '127.0.0.1');
      await once(origin, 'listening');
      server = await start({});
    });
    const start = (env: Readonly<Record<string, string>>): Promise<RunningServer> => {
      const { port } = origin.address() as AddressInfo;
      const always = { FISH_BACKEND: `http://127.0.0.1:${port}`, FISH_SLOTS: '8', FISH_FALLBACK: 'false' };
      return startServer(runtime, { env: { ...always, ...env } });
    };
    afterAll(async () => {
      await server?.stop();
      origin?.closeAllConnections();
      origin?.close();
    });

    it('get every byte unchanged, several at once', { timeout: hearingMs }, async () => {
      const expected = createHash('sha256');
      for (let at = 0; at < wholeBytes; at += pieceBytes)
        expected.update(piece.subarray(0, Math.min(pieceBytes, wholeBytes - at)));
      const sum = expected.digest('hex');
      const heard = await Promise.all([0, 1, 2, 3].map((index) => hear(server.url, index)));
      expect(heard).toEqual([sum, sum, sum, sum]);
    });

    // workerd moves the body by itself; what it does with a stalled reader is the platform's
    it('and stop altogether lose the origin after server.write_timeout, and are logged as gone', {
      skip: runtime === 'workers',
      timeout: startingMs,
    }, async () => {
      const own = await start({ FISH_WRITE_TIMEOUT: '1s' });
      const before = closed;
      const client = await stall(own.url);
      await until(() => closed > before);
      await until(() => own.logs.some(({ status }) => status === 499));
      const line = own.logs.find(({ status }) => status === 499);
      expect(line).toMatchObject({ message: 'request', path: '/v1/tts', outcome: 'cancelled' });
      expect(line?.bytes).toBeGreaterThan(wavHeaderBytes);
      expect(line?.bytes).toBeLessThan(endlessBytes / 2);
      client.destroy();
      await own.stop();
    });
  });
}

async function pour(response: ServerResponse, piece: Buffer, bytes: number): Promise<void> {
  for (let at = 0; at < bytes && !response.destroyed; at += piece.length) {
    if (response.write(piece.subarray(0, Math.min(piece.length, bytes - at)))) continue;
    await new Promise<void>((resolve) => {
      const goOn = (): void => {
        response.off('drain', goOn).off('close', goOn);
        resolve();
      };
      response.on('drain', goOn).on('close', goOn);
    });
  }
  response.end();
}

function bodyOf(text: string): string {
  return JSON.stringify({ text, streaming: true, format: 'wav' });
}

/** The sum of the audio, read with pauses. */
function hear(url: string, index: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' };
    const call = request(`${url}/v1/tts`, { method: 'POST', headers, agent: false }, (response) => {
      const sum = createHash('sha256');
      let bytes = 0;
      let rested = 0;
      response.on('error', reject);
      response.on('data', (chunk: Buffer) => {
        sum.update(chunk.subarray(Math.max(0, Math.min(chunk.length, wavHeaderBytes - bytes))));
        bytes += chunk.length;
        if (bytes - rested < pausesAfterBytes) return;
        rested = bytes;
        response.pause();
        setTimeout(() => response.resume(), pauseMs);
      });
      response.on('end', () => resolve(sum.digest('hex')));
    });
    call.on('error', reject);
    call.end(bodyOf(`A slow reader ${index}.`));
  });
}

/** A client that takes the beginning, and then nothing more. */
async function stall(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const client = connect(Number(port), hostname);
  client.on('error', () => {}); // the server cuts it
  const body = bodyOf('An endless one.');
  client.write(
    `POST /v1/tts HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
  await once(client, 'data');
  client.pause();
  return client;
}

async function until(check: () => boolean): Promise<void> {
  for (const end = performance.now() + untilMs; !check(); await sleep(20))
    if (performance.now() > end) throw new Error(`not within ${untilMs} ms: ${check}`);
}
