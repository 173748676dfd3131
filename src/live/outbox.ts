import type { Clock, Socket } from '../core/ports.ts';
import { ClientGone } from '../stream/cancel.ts';
import { ReaderStalled } from '../stream/pass-through.ts';

/** Bytes that may wait for a client; 6 s of 44.1 kHz mono. */
const MAX_WAITING_BYTES = 512 * 1024;
const LOOK_MS = 20;

/** Sends messages no faster than the client takes them, where the runtime tells how fast that is. */
export class Outbox {
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #patienceMs: number;
  #closed = false;

  /** @param patienceMs how long a client may take nothing */
  constructor(socket: Socket, clock: Clock, patienceMs: number) {
    this.#socket = socket;
    this.#clock = clock;
    this.#patienceMs = patienceMs;
  }

  /**
   * Sends `messages` with nothing between them. Resolves when more may be sent.
   * @throws ClientGone, or ReaderStalled when the client takes nothing
   */
  async send(...messages: readonly (string | Uint8Array<ArrayBuffer>)[]): Promise<void> {
    if (this.#closed) throw new ClientGone();
    for (const message of messages) this.#socket.send(message);
    let waiting = this.#socket.waiting() ?? 0;
    let moved = this.#clock.now();
    while (waiting > MAX_WAITING_BYTES) {
      await new Promise<void>((resolve) => void this.#clock.alarm(LOOK_MS, resolve));
      if (this.#closed) throw new ClientGone();
      const left = this.#socket.waiting() ?? 0;
      if (left < waiting) moved = this.#clock.now();
      else if (this.#clock.now() - moved > this.#patienceMs) throw new ReaderStalled(this.#patienceMs);
      waiting = left;
    }
  }

  /** The socket is closed: nothing can be sent any more. */
  shut(): void {
    this.#closed = true;
  }
}
