import { once } from 'node:events';
import WebSocket from 'ws';

/** What came over `/ws`, and when, in milliseconds of `performance.now()`. */
export interface Arrival {
  readonly atMs: number;
  /** `binary` for a frame of audio. */
  readonly type: string;
  readonly bytes: number;
}

const deadlineMs = 60_000;
const pollMs = 2;

/** A client of `/ws` that notes when everything came. */
export class ChatSocket {
  readonly #socket: WebSocket;
  readonly arrivals: Arrival[] = [];

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data, isBinary) => {
      const message = data as Buffer;
      const type = isBinary ? 'binary' : (JSON.parse(message.toString()) as { type: string }).type;
      this.arrivals.push({ atMs: performance.now(), type, bytes: message.length });
    });
  }

  static async open(url: string): Promise<ChatSocket> {
    const chat = new ChatSocket(new WebSocket(`${url.replace('http', 'ws')}/ws`));
    await once(chat.#socket, 'open');
    return chat;
  }

  send(type: string, data: object = {}): void {
    this.#socket.send(JSON.stringify({ type, data }));
  }

  hear(pcm: Uint8Array): void {
    this.#socket.send(pcm);
  }

  /** The first arrival of a type at or after `sinceMs`. @throws when it does not come in time, or an error does */
  async until(type: string, sinceMs = 0): Promise<Arrival> {
    const found = (wanted: string): Arrival | undefined =>
      this.arrivals.find((arrival) => arrival.type === wanted && arrival.atMs >= sinceMs);
    for (const end = performance.now() + deadlineMs; performance.now() < end; ) {
      const arrival = found(type);
      if (arrival) return arrival;
      if (found('error')) throw new Error(`an error came in the place of ${type}`);
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
    const last = this.arrivals.slice(-3).map((arrival) => arrival.type);
    throw new Error(
      `${type} did not come within ${deadlineMs} ms; the last were ${last.join(', ') || 'none'}`,
    );
  }

  async close(): Promise<void> {
    this.#socket.close();
    await once(this.#socket, 'close');
  }
}
