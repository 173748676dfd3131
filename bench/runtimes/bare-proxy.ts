/**
 * What a runtime can do at best: its own server and its own client, and nothing in between. `node bench/runtimes/bare-proxy.ts <origin>`
 * (or bun, or deno) prints `{"url":"…"}`.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream';
import { Agent, request } from 'undici';

declare const Deno:
  | {
      serve(
        options: { hostname: string; port: number; onListen: (at: { port: number }) => void },
        handler: (request: Request) => Promise<Response>,
      ): void;
    }
  | undefined;

const origin = process.argv[2] ?? '';
const hostname = '127.0.0.1';
const headers = { 'content-type': 'audio/wav' };
const connections = 500;

async function pass(asked: Request): Promise<Response> {
  const answer = await fetch(origin, { method: 'POST', body: await asked.arrayBuffer() });
  return new Response(answer.body, { headers });
}

function tell(port: number): void {
  process.stdout.write(`${JSON.stringify({ url: `http://${hostname}:${port}` })}\n`);
}

/** Not fetch, which takes twice the time on Node. */
function serveNode(): void {
  const dispatcher = new Agent({ connections, headersTimeout: 0, bodyTimeout: 0 });
  const server = createServer(async (asked, response) => {
    const parts: Buffer[] = [];
    for await (const part of asked) parts.push(part);
    const { body } = await request(origin, { method: 'POST', body: Buffer.concat(parts), dispatcher });
    response.writeHead(200, headers);
    pipeline(body, response, () => {}); // the client of the bench notices
  });
  server.listen(0, hostname, () => tell((server.address() as AddressInfo).port));
}

if (typeof Deno !== 'undefined') Deno.serve({ hostname, port: 0, onListen: ({ port }) => tell(port) }, pass);
else if ('Bun' in globalThis) tell(Bun.serve({ hostname, port: 0, idleTimeout: 0, fetch: pass }).port ?? 0);
else serveNode();
