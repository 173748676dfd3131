import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import type { App } from '../app.ts';
import type { Config } from '../config/config.ts';
import type { Ports } from '../ports.ts';
import type { Listener } from './local.ts';

/**
 * Keep-alive pool towards the origin. The engine owns all deadlines, so the pool has none of its own. It is loaded after the
 * server listens, as it takes a fifth of the start-up.
 */
export function nodeFetch(config: Config): Ports['fetch'] {
  const loading = new Promise<void>((resolve) => setImmediate(resolve)).then(async () => {
    const { Agent, fetch } = await import('undici');
    const dispatcher = new Agent({
      connections: config['backend.max_connections'],
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: { timeout: config['backend.timeout'] },
    });
    return (url: string, init?: RequestInit) =>
      fetch(url, { ...init, dispatcher } as Parameters<typeof fetch>[1]) as unknown as Promise<Response>;
  });
  loading.catch(() => {}); // told to whoever fetches
  return async (url, init) => (await loading)(url, init);
}

/** @throws the socket's error when the address cannot be taken */
export async function serveNode(app: App, config: Config): Promise<Listener> {
  const { host, port } = config['server.listen'];
  const server = createAdaptorServer({
    fetch: (request) => app.fetch(request),
    overrideGlobalObjects: false,
    serverOptions: { requestTimeout: config['server.read_timeout'] + graceMs, keepAliveTimeout: keepAliveMs },
  }) as Server;
  server.setTimeout(config['server.write_timeout'], (socket) => {
    if (socket.writableLength > 0) socket.destroy(); // a client that takes nothing; silence of ours has other deadlines
  });
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  return {
    host,
    port: address.port,
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      const sweep = setInterval(() => server.closeIdleConnections(), sweepMs); // those that become idle from now on
      await closed;
      clearInterval(sweep);
    },
    kill: () => server.closeAllConnections(),
  };
}

/** The app's own read deadline answers first, with a body; the socket's is the net below it. */
const graceMs = 5000;
/** Longer than the idle timeout of common load balancers (60 s), which must be the first to let go. */
const keepAliveMs = 65_000;
const sweepMs = 50;
