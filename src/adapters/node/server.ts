import { once } from 'node:events';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer, type HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { App } from '../../app.ts';
import type { Config } from '../../config/config.ts';
import type { Listener } from '../local/local.ts';
import { requestBody } from './body.ts';
import { sendRelayed } from './relay.ts';
import { asksForSocket, serveSockets } from './sockets.ts';

/** @throws the socket's error when the address cannot be taken */
export async function serveNode(app: App, config: Config): Promise<Listener> {
  const { host, port } = config['server.listen'];
  const server = createAdaptorServer({
    fetch: async (request, env) => {
      const { incoming, outgoing } = env as HttpBindings;
      takeBody(request, incoming);
      const response = await app.fetch(request, peerOf(env));
      // Answered before all of the body came: what is left of it ends the connection, and the client is to know that.
      if (!incoming.complete) outgoing.shouldKeepAlive = false;
      return isSpeech(response) && sendRelayed(response, outgoing) ? RESPONSE_ALREADY_SENT : response;
    },
    overrideGlobalObjects: true, // an answer that is all there is sent without a stream in between
    serverOptions: {
      requestTimeout: config['server.read_timeout'] + GRACE_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      shouldUpgradeCallback: asksForSocket,
    },
  }) as Server;
  server.setTimeout(config['server.write_timeout'], (socket) => {
    if (socket.writableLength > 0) socket.destroy(); // a client that takes nothing; silence of ours has other deadlines
  });
  const cutSockets = serveSockets(server, app, config['limits.max_body']);
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  return {
    host,
    port: address.port,
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS); // those that become idle from now on
      await closed;
      clearInterval(sweep);
    },
    kill: () => {
      server.closeAllConnections();
      cutSockets();
    },
  };
}

/**
 * Has the body of `request` read from its socket. The usual way makes a second `Request` and two streams of the server's own
 * first, which takes a quarter of the time of a refusal.
 */
function takeBody(request: Request, incoming: IncomingMessage): void {
  const { 'content-length': length = '0', 'transfer-encoding': coding } = incoming.headers;
  if (length === '0' && coding === undefined) return;
  let body: ReadableStream<Uint8Array> | undefined;
  Object.defineProperty(request, 'body', {
    get() {
      body ??= requestBody(incoming);
      return body;
    },
  });
}

/** All other answers are better not asked for their body: it would be made a stream. */
function isSpeech(response: Response): boolean {
  return response.headers.has('x-engine');
}

/** The app's own read deadline answers first, with a body; the socket's is the net below it. */
const GRACE_MS = 5000;
/** Longer than the idle timeout of common load balancers (60 s), which must be the first to let go. */
const KEEP_ALIVE_MS = 65_000;
const SWEEP_MS = 50;

/** The address at the other end of the socket. */
function peerOf(env: unknown): string | undefined {
  return (env as { incoming?: IncomingMessage }).incoming?.socket.remoteAddress;
}
