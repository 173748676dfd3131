import type { App } from '../../app.ts';
import type { Config } from '../../config/config.ts';
import type { Socket, Upgrade } from '../../core/ports.ts';
import type { Listener } from '../local/local.ts';
import { PULSE_SECONDS, SUBPROTOCOL, takeUpgrade } from '../local/upgrades.ts';

/** The part of Deno's API that is used here (https://docs.deno.com/api/deno/http-server). */
interface DenoServer {
  readonly addr: { readonly hostname: string; readonly port: number };
  shutdown(): Promise<void>;
}

declare const Deno: {
  serve(
    options: {
      hostname: string;
      port: number;
      signal: AbortSignal;
      onListen: () => void;
      onError: (error: unknown) => Response;
    },
    handler: (request: Request, info: { remoteAddr: { hostname?: string } }) => Promise<Response>,
  ): DenoServer;
  upgradeWebSocket(
    request: Request,
    options: { idleTimeout: number },
  ): { socket: WebSocket; response: Response };
};

/** @throws when the address cannot be taken */
export async function serveDeno(app: App, config: Config): Promise<Listener> {
  const { host, port } = config['server.listen'];
  const cut = new AbortController();
  const quiet = (): void => {};
  // Deno's own writes the stack of every answer that breaks off to stderr, between the lines of the log.
  const onError = (): Response => new Response(null, { status: 500 });
  const options = { hostname: host, port, signal: cut.signal, onListen: quiet, onError };
  const sockets = new Map<WebSocket, Promise<void>>();
  const server = Deno.serve(options, async (request, info) => {
    const answer = await app.fetch(request, info.remoteAddr.hostname);
    const upgrade = takeUpgrade(request, answer);
    if (!upgrade) return answer;
    const made = makeSocket(request);
    if (!made) {
      upgrade.lost();
      return new Response(null, { status: 400 });
    }
    const { socket, response } = made;
    response.headers.set('x-request-id', answer.headers.get('x-request-id') ?? '');
    const protocol = answer.headers.get(SUBPROTOCOL); // Deno's own option finds none in a list without spaces
    if (protocol !== null) response.headers.set(SUBPROTOCOL, protocol);
    const over = follow(socket, upgrade);
    sockets.set(socket, over);
    void over.then(() => sockets.delete(socket));
    return response;
  });
  return {
    host,
    port: server.addr.port,
    async stop() {
      await Promise.all(sockets.values()); // a shutdown cuts them
      await server.shutdown();
    },
    kill() {
      for (const socket of sockets.keys()) socket.close(GOING_AWAY); // else they end with a code that does not exist
      cut.abort();
    },
  };
}

/** RFC 6455, 7.4.1. */
const GOING_AWAY = 1001;

/** Undefined for a handshake that is none (RFC 6455, 4.2.1). */
function makeSocket(request: Request): ReturnType<typeof Deno.upgradeWebSocket> | undefined {
  try {
    return Deno.upgradeWebSocket(request, { idleTimeout: PULSE_SECONDS });
  } catch {
    return undefined;
  }
}

/** Resolves when it is closed. */
function follow(socket: WebSocket, upgrade: Upgrade): Promise<void> {
  const { promise: over, resolve } = Promise.withResolvers<void>();
  socket.binaryType = 'arraybuffer';
  socket.onclose = () => {
    upgrade.lost();
    resolve();
  };
  socket.onopen = () => {
    const listener = upgrade.opened(toSocket(socket));
    socket.onmessage = ({ data }) => listener.message(typeof data === 'string' ? data : new Uint8Array(data));
    socket.onclose = () => {
      listener.closed();
      resolve();
    };
  };
  return over;
}

function toSocket(socket: WebSocket): Socket {
  return {
    send(message) {
      if (socket.readyState === WebSocket.OPEN) socket.send(message);
    },
    waiting: () => socket.bufferedAmount,
    close: (code, reason) => socket.close(code, reason),
  };
}
