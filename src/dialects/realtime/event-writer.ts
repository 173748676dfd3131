import type { Clock, Socket } from '../../core/ports.ts';
import { Outbox } from '../../live/outbox.ts';
import { ReaderStalled } from '../../stream/pass-through.ts';
import type { ErrorDetails } from './event-error.ts';
import { newId } from './item.ts';
import { eventName, type Generation } from './wire-format.ts';

/** Bytes that may wait for a client whatever it asks for: one that asks and does not read is let go. */
const MAX_UNREAD_BYTES = 4 * 1024 * 1024;

/** An event of the server without its id. */
export interface ServerEvent {
  readonly type: string;
  readonly [member: string]: unknown;
}

/** Writes the events of a session, in the names of its generation. */
export class EventWriter {
  readonly generation: Generation;
  readonly #socket: Socket;
  readonly #outbox: Outbox;
  readonly #writeMs: number;
  readonly #onStalled: (error: ReaderStalled) => void;
  /** Ids are this and a number: a random one for each piece of audio would cost more than the piece. */
  readonly #prefix: string = newId('event');
  #count = 0;

  /** @param writeMs milliseconds in which a client takes nothing @param onStalled told when too much waits for the client */
  constructor(
    socket: Socket,
    generation: Generation,
    clock: Clock,
    writeMs: number,
    onStalled: (error: ReaderStalled) => void,
  ) {
    this.generation = generation;
    this.#socket = socket;
    this.#outbox = new Outbox(socket, clock, writeMs);
    this.#writeMs = writeMs;
    this.#onStalled = onStalled;
  }

  send(event: ServerEvent): void {
    const message = this.#write(event);
    if (message === undefined) return;
    this.#socket.send(message);
    if ((this.#socket.waiting() ?? 0) > MAX_UNREAD_BYTES) this.#onStalled(new ReaderStalled(this.#writeMs));
  }

  /** Resolves when more may be sent. @throws ClientGone, or ReaderStalled when the client takes nothing */
  async sendPaced(event: ServerEvent): Promise<void> {
    const message = this.#write(event);
    if (message !== undefined) await this.#outbox.send(message);
  }

  /** @param culprit the id that the client gave to the event that is wrong */
  error(error: ErrorDetails, culprit: string | null = null): void {
    this.send({ type: 'error', error: { ...error, event_id: culprit } });
  }

  /** The socket is closed: nothing can be sent any more. */
  shut(): void {
    this.#outbox.shut();
  }

  #write(event: ServerEvent): string | undefined {
    const type = eventName(event.type, this.generation);
    return type && JSON.stringify({ ...event, type, event_id: `${this.#prefix}_${++this.#count}` });
  }
}
