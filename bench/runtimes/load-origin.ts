/**
 * An origin that pours headerless PCM, as Fish-Speech streams it, in a process of its own: `node bench/runtimes/load-origin.ts [N]`
 * prints `{"url":"…"}` and ends when stdin ends. With N it listens at so many addresses, and `url` has commas between them: a
 * gateway gives each of them at most a thousand slots. What it sends depends on a word in the body of the request, which is
 * JSON or MessagePack.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type LoadKind, loads } from './loads.ts';

/** Sends the pieces at their times, or later when the reader is slow: it never holds more than one. */
async function pour(response: ServerResponse, kind: LoadKind): Promise<void> {
  const { pieces, pieceBytes, gapMs } = loads[kind];
  const piece = new Uint8Array(pieceBytes).fill(7);
  const began = performance.now();
  for (let index = 0; index < pieces && !response.destroyed; index++) {
    const wait = began + index * gapMs - performance.now();
    if (wait > 0) await sleep(wait);
    if (!response.write(piece)) await drained(response);
  }
  response.end();
}

/** Without `once` of two events: the listener of the one that does not come would stay. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const goOn = (): void => {
      response.off('drain', goOn).off('close', goOn);
      resolve();
    };
    response.on('drain', goOn).on('close', goOn);
  });
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let body = '';
  for await (const chunk of request.setEncoding('latin1')) body += chunk;
  const kind = (Object.keys(loads) as LoadKind[]).find((name) => body.includes(loads[name].text)) ?? 'short';
  response.on('error', () => {}); // the client left
  response.writeHead(200, { 'content-type': 'audio/wav' });
  await pour(response, kind);
}

async function listen(): Promise<string> {
  const server = createServer(
    (request, response) => void answer(request, response).catch(() => response.destroy()),
  );
  server.listen(0, '127.0.0.1', 8192);
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const urls = await Promise.all(Array.from({ length: Number(process.argv[2] ?? 1) }, listen));
process.stdout.write(`${JSON.stringify({ url: urls.join(',') })}\n`);
process.stdin.on('end', () => process.exit(0)).resume();
