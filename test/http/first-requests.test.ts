import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { startServer } from '../conformance/server.ts';
import { lastingPort } from '../free-port.ts';

const upgrade = ['connection: upgrade', 'upgrade: websocket', 'sec-websocket-version: 13'];
const key = 'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==';
const json = ['connection: close', 'content-type: application/json', 'content-length: 2', '', '{}'];

it('on Node, what answers requests is loaded when the server listens: those that come at once wait for it', async () => {
  const port = await lastingPort();
  const asked = [
    askAtOnce(port, ['GET /livez HTTP/1.1', 'connection: close']),
    askAtOnce(port, ['POST /v1/audio/speech HTTP/1.1', ...json]),
    askAtOnce(port, ['GET /livez HTTP/1.1', ...upgrade, key]),
    leaveAtOnce(port),
  ];
  const server = await startServer('node', {
    env: { FISH_LISTEN: `127.0.0.1:${port}`, FISH_ONNX_PREWARM: 'false' },
  });
  try {
    const [alive, refused, noSocket] = await Promise.all(asked);
    expect(alive).toMatch(/^HTTP\/1\.1 200 OK.*\{"status":"ok"\}/s);
    expect(refused).toMatch(/^HTTP\/1\.1 400 .*input must be a string/s);
    expect(noSocket).toMatch(/^HTTP\/1\.1 200 OK.*\{"status":"ok"\}/s);
    expect((await fetch(`${server.url}/livez`)).status).toBe(200);
  } finally {
    await server.stop();
  }
});

/** The answer to what is sent as soon as somebody listens. */
async function askAtOnce(port: number, [request = '', ...lines]: readonly string[]): Promise<string> {
  const socket = await connected(port);
  const hasBody = lines.includes('');
  socket.write([request, 'host: localhost', ...lines].join('\r\n') + (hasBody ? '' : '\r\n\r\n'));
  return text(socket);
}

async function leaveAtOnce(port: number): Promise<string> {
  const socket = await connected(port);
  socket.end('GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n');
  socket.destroy();
  return '';
}

async function connected(port: number): Promise<Socket> {
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    try {
      await once(socket, 'connect');
      return socket;
    } catch {
      // nobody listens yet
    }
  }
}
