import { once } from 'node:events';
import { decode, encode } from '@msgpack/msgpack';
import WebSocket from 'ws';
import type { Context } from './context.ts';

type Headers = Readonly<Record<string, string>>;

function liveUrl(url: string): string {
  return `${url.replace('http', 'ws')}/v1/tts/live`;
}

export interface LiveMessage {
  readonly event: string;
  readonly audio?: Uint8Array;
  readonly reason?: string;
  readonly message?: string;
}

/** A client of `/v1/tts/live` that keeps all it is told. */
export class LiveClient {
  readonly socket: WebSocket;
  readonly messages: LiveMessage[] = [];
  /** The code with which the socket closed, once it did. */
  readonly closed: Promise<number>;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    this.closed = once(socket, 'close').then(([code]) => code as number);
    this.closed.catch(() => {}); // one that is refused says so to `open`
    socket.on('error', () => {}); // 'close' follows
    socket.on('message', (data) => this.messages.push(decode(data as Buffer) as LiveMessage));
  }

  static async open(url: string, headers: Headers = {}): Promise<LiveClient> {
    const client = new LiveClient(new WebSocket(liveUrl(url), { headers }));
    await once(client.socket, 'open');
    return client;
  }

  /** Opens a session and starts it. */
  static async start(url: string, request: object = {}, headers: Headers = {}): Promise<LiveClient> {
    const client = await LiveClient.open(url, headers);
    client.send({ event: 'start', request: { text: '', format: 'pcm', ...request } });
    return client;
  }

  send(event: object): void {
    this.socket.send(encode(event));
  }

  say(...texts: string[]): void {
    for (const text of texts) this.send({ event: 'text', text });
  }

  get audio(): Buffer {
    return Buffer.concat(this.messages.flatMap(({ audio }) => audio ?? []));
  }

  /** What the last event says, once the socket has closed. */
  async end(): Promise<LiveMessage | undefined> {
    await this.closed;
    return this.messages.at(-1);
  }
}

/** What the server answers instead of opening a socket. */
export function refusal(url: string, headers: Headers = {}): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(liveUrl(url), { headers });
    socket.on('open', () => reject(new Error('It was let in.')));
    socket.on('error', reject);
    socket.on('unexpected-response', async (_, response) => {
      let body = '';
      for await (const part of response.setEncoding('utf8')) body += part;
      resolve({ status: response.statusCode ?? 0, body });
    });
  });
}

export interface Spoken {
  readonly text: string;
  readonly references: readonly unknown[];
  readonly seed: number | null;
}

/** What the origin was asked to say, from the request number `from` on. */
export function said({ origin }: Context, from = 0): readonly Spoken[] {
  return origin()
    .spoken.slice(from)
    .map(({ body }) => body as Spoken);
}
