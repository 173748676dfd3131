import { Agent, type IncomingMessage, request } from 'node:http';
import { connect, type Socket } from 'node:net';

/** As much of an answer as is looked at. */
const keptBytes = 64 * 1024;
const defaultDeadlineMs = 30_000;

export interface Reply {
  /** 0 when the connection broke before there was any. */
  readonly status: number;
  /** How the answer ended. `left`: this client went, as it had said. `late`: not within the deadline. */
  readonly end: 'whole' | 'broken' | 'left' | 'late';
  readonly headers: IncomingMessage['headers'];
  /** The beginning of the body. */
  readonly text: string;
  readonly bytes: number;
  readonly firstMs: number | undefined;
  readonly ms: number;
}

export interface Asking {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Leaves after so many bytes of the body. */
  readonly leaveAfter?: number;
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal;
}

/** A program that attacks must not be pointed at anybody. @throws for any host but this machine */
export function onlyLoopback(url: string): URL {
  const parsed = new URL(url);
  if (parsed.hostname !== '127.0.0.1' && parsed.hostname !== '[::1]')
    throw new Error(`${parsed.hostname} is not this machine: nothing else is attacked.`);
  return parsed;
}

/** An HTTP client that sends what it is told to: paths as they are, and no request again. */
export class Client {
  readonly #base: URL;
  readonly #agent: Agent;
  readonly #sockets: Set<Socket> = new Set();

  constructor(url: string) {
    this.#base = onlyLoopback(url);
    this.#agent = new Agent({ keepAlive: true, maxSockets: 4096, scheduling: 'lifo' });
  }

  ask(path: string, asking: Asking = {}): Promise<Reply> {
    const { method = 'GET', headers, body, leaveAfter = Infinity, deadlineMs = defaultDeadlineMs } = asking;
    const began = performance.now();
    let response: IncomingMessage | undefined;
    let firstMs: number | undefined;
    let bytes = 0;
    let kept = 0;
    const parts: Buffer[] = [];
    const { promise, resolve } = Promise.withResolvers<Reply>();
    const settle = (end: Reply['end']): void => {
      clearTimeout(timer);
      const text = Buffer.concat(parts).toString('latin1');
      const ms = performance.now() - began;
      const status = response?.statusCode ?? 0;
      resolve({ status, end, headers: response?.headers ?? {}, text, bytes, firstMs, ms });
      if (end !== 'whole') call.destroy();
    };
    const length: Record<string, string> =
      body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const call = request({
      host: this.#base.hostname.replace(/[[\]]/g, ''),
      port: this.#base.port,
      path,
      method,
      headers: { ...length, ...headers },
      agent: this.#agent,
      ...(asking.signal ? { signal: asking.signal } : {}),
    });
    const timer = setTimeout(() => settle('late'), deadlineMs);
    call.on('error', () => settle(asking.signal?.aborted ? 'left' : 'broken'));
    call.on('upgrade', (incoming, socket) => {
      response = incoming;
      socket.destroy();
      settle('whole');
    });
    call.on('response', (incoming) => {
      response = incoming;
      incoming.on('data', (chunk: Buffer) => {
        firstMs ??= performance.now() - began;
        bytes += chunk.length;
        if (kept < keptBytes) parts.push(chunk.subarray(0, keptBytes - kept));
        kept += chunk.length;
        if (bytes > leaveAfter) settle('left');
      });
      incoming.on('end', () => settle(incoming.complete ? 'whole' : 'broken'));
      incoming.on('error', () => settle('broken'));
      incoming.on('close', () => settle('broken')); // the first of them counts
    });
    call.end(body);
    return promise;
  }

  json(path: string, body: unknown, asking: Asking = {}): Promise<Reply> {
    const headers = { 'content-type': 'application/json', ...asking.headers };
    return this.ask(path, { method: 'POST', ...asking, headers, body: JSON.stringify(body) });
  }

  /** A bare connection, for what no HTTP client would send. It ends with the case. */
  connect(): Socket {
    const socket = connect(Number(this.#base.port), this.#base.hostname.replace(/[[\]]/g, ''));
    socket.on('error', () => {}); // what comes of it is what counts
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    return socket;
  }

  /** Sends bytes, and collects what comes until the server closes or `waitMs` have gone by. */
  async raw(
    bytes: string | Uint8Array,
    waitMs: number,
  ): Promise<{ readonly text: string; readonly closed: boolean }> {
    const socket = this.connect();
    let text = '';
    socket.setEncoding('latin1').on('data', (part: string) => {
      if (text.length < keptBytes) text += part;
    });
    const closed = new Promise<boolean>((resolve) => socket.once('close', () => resolve(true)));
    socket.write(bytes);
    const late = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => late.resolve(false), waitMs);
    const wasClosed = await Promise.race([closed, late.promise]);
    clearTimeout(timer);
    socket.destroy();
    return { text, closed: wasClosed };
  }

  /** Cuts whatever is still open. */
  close(): void {
    this.#agent.destroy();
    for (const socket of this.#sockets) socket.destroy();
  }
}

/** Does `act` for 0 to `times - 1`, so many at once. */
export async function many(
  times: number,
  atOnce: number,
  act: (index: number) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < times; index = next++) await act(index);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, times) }, worker));
}
