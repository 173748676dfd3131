import { connect, type Socket } from 'node:net';
import { bodyFor } from '../runtimes/loads.ts';
import { wavHeaderBytes } from '../speech-client.ts';
import { secret } from './server.ts';

const atOnce = 40;
const openDeadlineMs = 60_000;

/** Clients that listen to slow streams, on bare sockets: an HTTP client would hold more than the server under test. */
export class StreamClients {
  readonly #host: string;
  readonly #port: number;
  readonly #open: Set<Socket> = new Set();
  #isLeaving = false;
  /** Why streams did not open or broke off, and how often. */
  readonly broken: Record<string, number> = {};
  /** Bytes of audio since the last look. */
  #bytes = 0;

  constructor(url: string) {
    const { hostname, port } = new URL(url);
    this.#host = hostname;
    this.#port = Number(port);
  }

  get open(): number {
    return this.#open.size;
  }

  get brokenCount(): number {
    return Object.values(this.broken).reduce((sum, times) => sum + times, 0);
  }

  /** What all of them have heard since it was asked last. */
  heard(): number {
    const bytes = this.#bytes;
    this.#bytes = 0;
    return bytes;
  }

  /** Opens streams until there are `count`, a few at a time. Those that fail are counted, and not tried again. */
  async grow(count: number): Promise<void> {
    let missing = count - this.#open.size;
    const worker = async (): Promise<void> => {
      while (missing-- > 0) await this.#listen();
    };
    await Promise.all(Array.from({ length: Math.min(atOnce, missing) }, worker));
  }

  /** All of them leave in mid-stream. */
  leave(): void {
    this.#isLeaving = true;
    for (const socket of this.#open) socket.destroy();
    this.#open.clear();
  }

  /** Resolves when audio has come, or when it never will. */
  #listen(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const socket = connect({ host: this.#host, port: this.#port, noDelay: true });
    const timer = setTimeout(() => socket.destroy(new Error('no audio in time')), openDeadlineMs);
    let head = '';
    let why = 'broke off';
    socket.on('connect', () => socket.write(question()));
    socket.on('data', (chunk: Buffer) => {
      this.#bytes += chunk.length;
      if (this.#open.has(socket)) return;
      head += chunk.toString('latin1');
      if (!head.startsWith('HTTP/1.1 200')) socket.destroy(new Error(`answered ${head.slice(9, 12)}`));
      else if (hasAudio(head)) {
        clearTimeout(timer);
        this.#open.add(socket);
        head = '';
        resolve();
      }
    });
    socket.on('error', ({ message }) => {
      why = message;
    });
    socket.on('close', () => {
      clearTimeout(timer);
      this.#open.delete(socket);
      if (!this.#isLeaving) this.broken[why] = (this.broken[why] ?? 0) + 1;
      resolve();
    });
    return promise;
  }
}

function question(): string {
  const payload = JSON.stringify(bodyFor('slow'));
  return [
    'POST /v1/tts HTTP/1.1',
    'Host: load',
    `Authorization: Bearer ${secret}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(payload)}`,
    '',
    payload,
  ].join('\r\n');
}

/** More than the header of the file, and the length of a chunk. */
function hasAudio(answer: string): boolean {
  const end = answer.indexOf('\r\n\r\n');
  return end >= 0 && answer.length > end + 4 + wavHeaderBytes + 16;
}
