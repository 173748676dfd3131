import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** A client that begins to send a body and goes on as it likes. */
export class Upload {
  readonly socket: Socket;
  /** What the server said: a whole answer, or what there was when the connection closed. */
  readonly answer: Promise<string>;
  #heard = '';

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('error', () => {}); // 'close' follows
    this.answer = new Promise((resolve) => {
      socket.on('data', (bytes) => {
        this.#heard += bytes.toString('latin1');
        if (isWhole(this.#heard)) resolve(this.#heard);
      });
      socket.on('close', () => resolve(this.#heard));
    });
    socket.on('end', () => socket.end());
  }

  /** What the server said so far. */
  get heard(): string {
    return this.#heard;
  }

  /** Sends a head, which announces a body of `length` bytes, or one in chunks. */
  static async begin(url: string, path: string, length?: number, type = 'application/json'): Promise<Upload> {
    const { hostname, port, host } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port), noDelay: true, allowHalfOpen: true });
    await once(socket, 'connect');
    const upload = new Upload(socket);
    const framing = length === undefined ? 'transfer-encoding: chunked' : `content-length: ${length}`;
    socket.write(`POST ${path} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: ${type}\r\n${framing}\r\n\r\n`);
    return upload;
  }

  /** Resolves when the kernel took them, or the server wants no more. */
  async send(bytes: string | Uint8Array): Promise<void> {
    if (this.socket.destroyed) return;
    await new Promise((resolve) => this.socket.write(bytes, resolve));
  }

  leave(): void {
    this.socket.destroy();
  }
}

function isWhole(answer: string): boolean {
  const [head = '', body = ''] = answer.split('\r\n\r\n', 2);
  const length = /^content-length: (\d+)/im.exec(head)?.[1];
  return length !== undefined && body.length >= Number(length);
}
