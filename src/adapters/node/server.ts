import { once as eventOf } from 'node:events';
import type { IncomingMessage, RequestListener, Server } from 'node:http';
import type { AddressInfo, Socket as TcpSocket } from 'node:net';
import type { WebSocket, WebSocketServer } from 'ws';
import type { App } from '../../app.ts';
import type { Config } from '../../config/config.ts';
import { once } from '../../core/once.ts';
import type { Socket, SocketListener, Upgrade } from '../../core/ports.ts';
import type { Listener } from '../local/local.ts';
import { PULSE_SECONDS, SUBPROTOCOL, takeUpgrade } from '../local/upgrades.ts';

/** Not imported: an import asks for everything that the module offers, and so loads Node's `fetch` and all that belongs to it. */
const http = process.getBuiltinModule('node:http');

/** @throws the socket's error when the address cannot be taken */
export async function serveNode(app: App, config: Config): Promise<Listener> {
  const { host, port } = config['server.listen'];
  const listener = once(async () => (await import('./listener.ts')).requestListener(app));
  let answer: RequestListener | undefined;
  const options = {
    requestTimeout: config['server.read_timeout'] + GRACE_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    shouldUpgradeCallback: asksForSocket,
  };
  const server = http.createServer(options, (incoming, outgoing) => {
    if (answer) return answer(incoming, outgoing);
    const begin = (loaded: RequestListener): void => {
      answer = loaded;
      if (!outgoing.destroyed) loaded(incoming, outgoing);
    };
    listener().then(begin, () => outgoing.destroy());
  });
  server.setTimeout(config['server.write_timeout'], (socket) => {
    if (socket.writableLength > 0) socket.destroy(); // a client that takes nothing; silence of ours has other deadlines
  });
  const cutSockets = serveSockets(server, app, config['limits.max_body'], listener);
  keepThoseThatWait(server);
  server.listen({ port, host, backlog: BACKLOG });
  await eventOf(server, 'listening');
  setImmediate(() => void listener()); // by then the caller has said that it listens
  const address = server.address() as AddressInfo;
  return {
    host,
    port: address.port,
    stop: async () => {
      const closed = eventOf(server, 'close');
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
 * To Node a connection is idle as soon as its answer is made, whatever of that still waits for its reader: with `close()`, too, it would cut
 * that.
 */
function keepThoseThatWait(server: Server): void {
  const connections = new Set<TcpSocket>();
  server.on('connection', (connection: TcpSocket) => {
    connections.add(connection);
    connection.once('close', () => connections.delete(connection));
  });
  const closeIdle = server.closeIdleConnections.bind(server);
  server.closeIdleConnections = () => {
    const waiting = [...connections].filter(({ writableLength }) => writableLength > 0);
    for (const connection of waiting) connection.destroy = () => connection; // not now
    closeIdle();
    for (const connection of waiting) Reflect.deleteProperty(connection, 'destroy');
  };
}

/** The app's own read deadline answers first, with a body; the socket's is the net below it. */
const GRACE_MS = 5000;
/** Longer than the idle timeout of common load balancers (60 s), which must be the first to let go. */
const KEEP_ALIVE_MS = 65_000;
const SWEEP_MS = 50;
/** Connections that wait to be taken: of more than Node's own 511 that come at once the rest would come again after a second. The system may allow fewer. */
const BACKLOG = 4096;

/** Other protocols (`h2c`, which Java asks for with every request) are not taken up: such a request is answered as it is. */
function asksForSocket(incoming: IncomingMessage): boolean {
  return incoming.headers.upgrade?.toLowerCase() === 'websocket';
}

/** Lets the app answer requests for sockets, which Node keeps from its server's usual way. The result cuts all sockets. */
function serveSockets(
  server: Server,
  app: App,
  maxMessageBytes: number,
  listener: () => Promise<unknown>,
): () => void {
  let sockets: WebSocketServer | undefined; // loaded when somebody wants one
  const load = async (): Promise<WebSocketServer> => {
    const { WebSocketServer: Sockets } = await import('ws');
    const limits = {
      maxPayload: maxMessageBytes,
      maxBufferedChunks: MAX_CHUNKS,
      maxFragments: MAX_FRAGMENTS,
    };
    const options = { ...limits, closeTimeout: CLOSE_MS }; // which its types do not know
    sockets ??= new Sockets({ ...options, noServer: true, perMessageDeflate: false }); // audio does not shrink
    return sockets;
  };
  const each = (act: (socket: WebSocket) => void): void => {
    for (const socket of sockets?.clients ?? []) act(socket);
  };
  const pulse = setInterval(() => each(ask), PULSE_SECONDS * MS_PER_SECOND);
  server.on('close', () => clearInterval(pulse));

  const answer = async (incoming: IncomingMessage, connection: TcpSocket, head: Buffer): Promise<void> => {
    connection.on('error', () => {}); // 'close' follows
    await listener(); // which makes the `Request` and `Response` of both ways
    const request = toRequest(incoming);
    if (!request) return refuse(incoming, connection, new Response(null, { status: 400 }));
    const response = await app.fetch(request, connection.remoteAddress);
    const upgrade = takeUpgrade(request, response);
    if (!upgrade) return refuse(incoming, connection, response);
    const handshake = await load();
    if (connection.destroyed) return upgrade.lost();
    const lose = (): void => upgrade.lost();
    connection.once('close', lose);
    const tellId = (headers: string[]): void => {
      headers.push(`x-request-id: ${response.headers.get('x-request-id')}`);
    };
    const protocol = response.headers.get(SUBPROTOCOL);
    if (protocol === null)
      delete incoming.headers[SUBPROTOCOL]; // else the first that is offered is taken: it may be a key
    else incoming.headers[SUBPROTOCOL] = protocol;
    handshake.on('headers', tellId);
    handshake.handleUpgrade(incoming, connection, head, (socket) => {
      connection.off('close', lose);
      connect(socket, connection, upgrade);
    });
    handshake.off('headers', tellId);
  };
  server.on('upgrade', (incoming: IncomingMessage, connection: TcpSocket, head: Buffer) => {
    answer(incoming, connection, head).catch(() => connection.destroy());
  });
  return () => each((socket) => socket.terminate());
}

const MS_PER_SECOND = 1000;
/** How long a client may take to answer that its socket closes; until then what it sent is held. */
const CLOSE_MS = 1000;
/** Pieces of one message: each costs more than what is in it. */
const MAX_CHUNKS = 16 * 1024;
const MAX_FRAGMENTS = 1024;
/** Bytes of a message that is not whole of which nothing is told. */
const UNTOLD_BYTES = 64 * 1024;

function toRequest({ method = 'GET', url = '/', headers }: IncomingMessage): Request | undefined {
  const pairs = Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]);
  const at = url.startsWith('/') ? `http://${headers.host ?? 'localhost'}${url}` : url; // '//v1' is a path too
  return URL.canParse(at) ? new Request(at, { method, headers: pairs }) : undefined;
}

async function refuse(incoming: IncomingMessage, connection: TcpSocket, response: Response): Promise<void> {
  const outgoing = new http.ServerResponse(incoming);
  outgoing.assignSocket(connection);
  outgoing.shouldKeepAlive = false;
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  outgoing.end(new Uint8Array(await response.arrayBuffer()), () => connection.end());
}

function connect(socket: WebSocket, connection: TcpSocket, upgrade: Upgrade): void {
  const listener: SocketListener = upgrade.opened(toSocket(socket));
  let come = 0; // since the last whole message, what is between messages included
  connection.prependListener('data', (bytes: Uint8Array) => {
    come += bytes.length;
    if (come <= UNTOLD_BYTES) return;
    if (socket.readyState === socket.OPEN) listener.arriving(come);
    else socket.terminate(); // it is told already that nobody listens
  });
  socket.on('message', (data, isBinary) => {
    come = 0;
    listener.message(isBinary ? (data as Buffer) : String(data));
  });
  socket.on('error', () => {}); // a message that breaks the protocol; 'close' follows
  socket.once('close', () => listener.closed());
  alive.add(socket);
  socket.on('pong', () => alive.add(socket));
}

function toSocket(socket: WebSocket): Socket {
  return {
    send: (message) => socket.send(message),
    waiting: () => socket.bufferedAmount,
    close: (code, reason) => socket.close(code, reason),
  };
}

/** Those that answered since they were asked last. */
const alive = new WeakSet<WebSocket>();

function ask(socket: WebSocket): void {
  if (!alive.delete(socket)) socket.terminate();
  else socket.ping();
}
