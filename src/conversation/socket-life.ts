import { type SpeechError, SpeechFailure } from '../core/errors.ts';
import type { Clock, Socket, StreamOutcome } from '../core/ports.ts';
import { Outbox } from '../live/outbox.ts';
import { ClientGone } from '../stream/cancel.ts';
import { ReaderStalled } from '../stream/pass-through.ts';

/** RFC 6455, 7.4.1. */
const NORMAL = 1000;
const GOING_AWAY = 1001;
const POLICY = 1008;
const TOO_BIG = 1009;
const SERVER_ERROR = 1011;
const TRY_AGAIN_LATER = 1013;
/** RFC 6455, 5.5: what a close frame holds beside its code. */
const MAX_REASON_BYTES = 123;
/** Answers that may wait for a client which asks and does not read. */
const MAX_TOLD = 1000;
/** A client that only says that it is still there is let go in the end. */
const MAX_REST_MS = 60 * 60_000;

export interface SocketLifeOptions {
  readonly clock: Clock;
  /** Milliseconds in which nothing is said and nothing is heard. */
  readonly idleMs: number;
  /** In which a client takes nothing. */
  readonly writeMs: number;
  /** What the client is told before its socket is closed because of an error. */
  readonly describe: (error: SpeechError) => { readonly event: string; readonly reason: string };
  /** Stops all work. */
  readonly onOver: () => void;
  readonly onEnd: (end: StreamOutcome) => void;
}

/** The socket of a conversation from its opening to its one end. */
export class SocketLife {
  readonly #socket: Socket;
  readonly #options: SocketLifeOptions;
  readonly #outbox: Outbox;
  #callOff: () => void = () => {};
  #activeAt: number;
  #bytes = 0;
  /** Messages that nobody waits for and the client has not taken. */
  #told = 0;
  #isOver = false;

  constructor(socket: Socket, options: SocketLifeOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#outbox = new Outbox(socket, options.clock, options.writeMs);
    this.#activeAt = options.clock.now();
    this.#wait();
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Sends `messages` with nothing between them; resolves when more may be sent. @throws ClientGone, ReaderStalled */
  async send(...messages: readonly (string | Uint8Array<ArrayBuffer>)[]): Promise<void> {
    if (this.#isOver) throw new ClientGone();
    this.#bytes += messages.reduce((sum, message) => sum + message.length, 0);
    await this.#outbox.send(...messages);
  }

  /** The same for what nobody waits for. */
  tell(...messages: readonly (string | Uint8Array<ArrayBuffer>)[]): void {
    if (this.#isOver) return;
    this.#told += 1;
    if (this.#told > MAX_TOLD) this.end(new ReaderStalled(this.#options.writeMs));
    const done = (): void => {
      this.#told -= 1;
    };
    this.send(...messages)
      .catch((error: unknown) => this.end(error))
      .finally(done);
  }

  /** Something is said or heard. */
  touch(): void {
    this.#activeAt = this.#options.clock.now();
    this.#wait();
  }

  /** The client says that it is there, and asks for nothing. */
  keepAlive(): void {
    if (this.#options.clock.now() - this.#activeAt < MAX_REST_MS) this.#wait();
  }

  /** The client closed the socket. @param isBusy something was being done for it */
  closed(isBusy: boolean): void {
    this.#outbox.shut();
    this.end(isBusy ? new ClientGone() : undefined);
  }

  /** Without an error it is a good end. An error is told first. */
  end(error?: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#callOff();
    this.#options.onOver();
    const hasLeft = error instanceof ClientGone || error instanceof ReaderStalled;
    const outcome = error === undefined ? 'finished' : hasLeft ? 'cancelled' : 'error';
    if (error === undefined || hasLeft) this.#close(NORMAL, '');
    else {
      const failure: SpeechError = error instanceof SpeechFailure ? error.error : { code: 'engine_failed' };
      const { event, reason } = this.#options.describe(failure);
      this.#socket.send(event);
      this.#close(closeCodeOf(failure), reason);
    }
    this.#options.onEnd({ outcome, bytes: this.#bytes, error });
  }

  /** Makes room for another. False where the runtime lets nobody close the socket of another request. */
  giveWay(): boolean {
    if (this.#isOver || !this.#close(NORMAL, 'Another session needs the place.')) return false;
    this.end();
    return true;
  }

  #close(code: number, reason: string): boolean {
    try {
      this.#socket.close(code, atMost(reason, MAX_REASON_BYTES));
      return true;
    } catch {
      return false;
    }
  }

  #wait(): void {
    this.#callOff();
    if (this.#isOver) return;
    this.#callOff = this.#options.clock.alarm(this.#options.idleMs, () => this.end());
  }
}

function closeCodeOf({ code }: SpeechError): number {
  switch (code) {
    case 'shutting_down':
      return GOING_AWAY;
    case 'request_too_large':
      return TOO_BIG;
    case 'overloaded':
    case 'share_exceeded':
      return TRY_AGAIN_LATER;
    case 'invalid_value':
    case 'invalid_api_key':
    case 'rate_limit_exceeded':
    case 'permission_denied':
      return POLICY;
    default:
      return SERVER_ERROR;
  }
}

function atMost(text: string, maxBytes: number): string {
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(maxBytes));
  return text.slice(0, read);
}
