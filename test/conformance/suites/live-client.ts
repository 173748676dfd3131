import { once } from 'node:events';
import { request } from 'node:http';
import { decode, encode } from '@msgpack/msgpack';
import WebSocket from 'ws';
import type { Context } from './context.ts';

type Headers = Readonly<Record<string, string>>;

const finishDeadlineMs = 60_000;
const placeDeadlineMs = 45_000;

function liveUrl(url: string, path = '/v1/tts/live'): string {
  return `${url.replace('http', 'ws')}${path}`;
}

export interface LiveMessage {
  readonly event: string;
  readonly audio?: Uint8Array;
  readonly reason?: string;
  readonly message?: string;
}

/** What `/v1/tts/live/with-timestamp` adds. */
export interface TimedMessage extends LiveMessage {
  readonly content: string;
  readonly alignment: {
    readonly segments: readonly { readonly text: string; readonly start: number; readonly end: number }[];
    readonly audio_duration: number;
  } | null;
  readonly chunk_seq: number;
  readonly chunk_audio_offset_sec: number;
  readonly time: number;
  readonly error?: string;
}

/** A client of `/v1/tts/live` that keeps all it is told. */
export class LiveClient {
  readonly socket: WebSocket;
  readonly messages: LiveMessage[] = [];
  /** How many of them belong to utterances that have ended. */
  #finished = 0;
  /** The code with which the socket closed, once it did. */
  readonly closed: Promise<number>;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    this.closed = new Promise((resolve) => void socket.once('close', resolve));
    socket.on('error', () => {}); // 'close' follows
    socket.on('message', (data) => this.messages.push(decode(data as Buffer) as LiveMessage));
  }

  static async open(url: string, headers: Headers = {}, path?: string): Promise<LiveClient> {
    const client = new LiveClient(new WebSocket(liveUrl(url, path), { headers }));
    await once(client.socket, 'open');
    return client;
  }

  /** Opens a session as soon as there is a place for it: the end of another is known to its client first. */
  static async openInPlace(url: string, headers: Headers = {}): Promise<LiveClient> {
    for (const until = Date.now() + placeDeadlineMs; ; ) {
      try {
        return await LiveClient.open(url, headers);
      } catch (error) {
        if (!String(error).includes('503') || Date.now() > until) throw error;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }

  /** Opens a session and starts it. */
  static async start(url: string, request: object = {}, headers: Headers = {}): Promise<LiveClient> {
    const client = await LiveClient.open(url, headers);
    client.begin(request);
    return client;
  }

  /** Starts an utterance. */
  begin(request: object = {}): void {
    this.send({ event: 'start', request: { text: '', format: 'pcm', ...request } });
  }

  /** Stops the utterance, and gives all messages of it once it has ended. */
  async finish(): Promise<readonly LiveMessage[]> {
    this.send({ event: 'stop' });
    const from = this.#finished;
    const isEnd = ({ event }: LiveMessage): boolean => event === 'finish' || event === 'error';
    const until = Date.now() + finishDeadlineMs;
    while (!this.messages.slice(from).some(isEnd)) {
      if (Date.now() > until) throw new Error('The utterance did not end in time.');
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    this.#finished = from + this.messages.slice(from).findIndex(isEnd) + 1;
    return this.messages.slice(from, this.#finished);
  }

  /** Closes the socket, as clients do that have what they wanted. */
  async leave(): Promise<void> {
    this.socket.close();
    await this.closed;
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

/** Asks for a socket without the key of RFC 6455, 4.1, and resolves when that is answered or cut. */
export async function badHandshake(url: string, headers: Headers): Promise<void> {
  const call = request(`${url}/v1/tts/live`, { headers });
  call.on('error', () => {});
  call.on('response', (response) => response.resume());
  await new Promise((resolve) => {
    call.on('close', resolve); // also after an answer that cannot be read
    call.end();
  });
}

/** What the server answers instead of opening a socket. */
export function refusal(
  url: string,
  headers: Headers = {},
): Promise<{ status: number; body: string; retryAfter: number }> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(liveUrl(url), { headers });
    socket.on('open', () => {
      socket.terminate(); // its place is not to be missed by the tests that follow
      reject(new Error('It was let in.'));
    });
    socket.on('error', reject);
    socket.on('unexpected-response', async (_, response) => {
      let body = '';
      for await (const part of response.setEncoding('utf8')) body += part;
      resolve({
        status: response.statusCode ?? 0,
        body,
        retryAfter: Number(response.headers['retry-after']),
      });
    });
  });
}

export interface Spoken {
  readonly text: string;
  readonly references: readonly unknown[];
  readonly seed: number | null;
}

/** What the origin was asked to say, from the request number `from` on, as far as it has read it. */
export function said({ origin }: Context, from = 0): readonly Spoken[] {
  return origin()
    .spoken.slice(from)
    .flatMap(({ body }) => (body === undefined ? [] : [body as Spoken]));
}
