import type { SocketLife } from '../../conversation/socket-life.ts';
import type { ErrorDetails } from './event-error.ts';
import { newId } from './item.ts';
import { eventName, type Generation } from './wire-format.ts';

/** An event of the server without its id. */
export interface ServerEvent {
  readonly type: string;
  readonly [member: string]: unknown;
}

/** Writes the events of a session, in the names of its generation. */
export class EventWriter {
  readonly generation: Generation;
  readonly #life: SocketLife;
  /** Ids are this and a number: a random one for each piece of audio would cost more than the piece. */
  readonly #prefix: string = newId('event');
  #count = 0;

  constructor(life: SocketLife, generation: Generation) {
    this.#life = life;
    this.generation = generation;
  }

  send(event: ServerEvent): void {
    const type = eventName(event.type, this.generation);
    if (type !== undefined) this.#life.tell(this.#write(type, event));
  }

  /** Resolves when more may be sent. @throws ClientGone, or ReaderStalled when the client takes nothing */
  async sendPaced(event: ServerEvent): Promise<void> {
    const type = eventName(event.type, this.generation);
    if (type !== undefined) await this.#life.send(this.#write(type, event));
  }

  error(error: ErrorDetails): void {
    this.#life.tell(this.errorMessage(error, null));
  }

  /** An `error` event as it is sent. @param eventId the id that the client gave to the event that is wrong */
  errorMessage(error: ErrorDetails, eventId: string | null): string {
    return this.#write('error', { type: 'error', error: { ...error, event_id: eventId } });
  }

  #write(type: string, event: ServerEvent): string {
    return JSON.stringify({ ...event, type, event_id: `${this.#prefix}_${++this.#count}` });
  }
}
