import { SpeechFailure } from '../core/errors.ts';
import type { Clock, SocketListener } from '../core/ports.ts';
import { turnsOf } from '../stream/turns.ts';
import type { Arrival, Receiving } from './receiving.ts';

export interface MessageSession extends Pick<SocketListener, 'message' | 'closed'> {
  /** Says what is wrong and closes the socket, which lets go of what it holds. */
  fail(error: unknown): void;
  /** The next message may start something. */
  readonly awaitsStart: boolean;
}

interface MessageRules {
  readonly clock: Clock;
  readonly receiving: Receiving;
  readonly client: string;
  /** Largest message in bytes: the first of what a session starts, and all others. */
  readonly sizes: { readonly first: number; readonly later: number };
}

type Message = string | Uint8Array;

/** Milliseconds that a message takes at least, where the clock stands still meanwhile. */
const MESSAGE_MS = 0.05;
/** What a message takes that waits, beside its bytes. */
const QUEUED_BYTES = 128;

/**
 * A session whose messages have limits, and take their part of the budget while they come where the runtime tells. Thousands
 * of messages may come in one read: they are worked on in turns with others, in their order, and those that wait count as
 * bytes that are being received.
 */
export function withinBudget(session: MessageSession, rules: MessageRules): SocketListener {
  const { clock, receiving, client, sizes } = rules;
  const turns = turnsOf(clock);
  const fail = (error: unknown): void => {
    queue.drop();
    session.fail(error);
  };
  const isTooLarge = (bytes: number): boolean => {
    const most = session.awaitsStart ? sizes.first : sizes.later;
    if (bytes <= most) return false;
    const message = `The message is larger than ${most} bytes.`;
    fail(new SpeechFailure({ code: 'request_too_large', message }));
    return true;
  };
  const take = (data: Message): void => {
    if (!isTooLarge(data.length)) session.message(data);
  };
  const begin = (): Arrival => receiving.begin(client, fail);
  const queue = new MessageQueue(begin, (data) => turns.run(() => take(data), MESSAGE_MS));
  let arrival: Arrival | undefined;
  const end = (): void => {
    arrival?.end();
    arrival = undefined;
  };
  return {
    arriving(bytes) {
      if (isTooLarge(bytes)) return;
      arrival ??= begin();
      try {
        arrival.hold(bytes);
      } catch (error) {
        fail(error);
      }
    },
    message(data) {
      end();
      if (queue.isEmpty && turns.isFree) return turns.now(() => take(data), MESSAGE_MS);
      try {
        queue.add(data);
      } catch (error) {
        fail(error);
      }
    },
    closed() {
      end();
      queue.drop();
      session.closed();
    },
  };
}

/** Messages that wait for their turns, within the budget of what is being received. */
class MessageQueue {
  readonly #begin: () => Arrival;
  readonly #take: (data: Message) => Promise<void>;
  #arrival: Arrival | undefined;
  #messages: Message[] = [];
  #bytes = 0;

  /** @param take works on one, when its turn comes */
  constructor(begin: () => Arrival, take: (data: Message) => Promise<void>) {
    this.#begin = begin;
    this.#take = take;
  }

  /** None waits, and none is waited for. */
  get isEmpty(): boolean {
    return this.#arrival === undefined;
  }

  /** @throws SpeechFailure overloaded when there is no room for it */
  add(data: Message): void {
    const isFirst = this.isEmpty;
    this.#arrival ??= this.#begin();
    this.#messages.push(data);
    this.#bytes += data.length + QUEUED_BYTES;
    this.#arrival.hold(this.#bytes);
    if (isFirst) void this.#work(this.#arrival);
  }

  /** Nothing of what waits is worked on any more. */
  drop(): void {
    this.#arrival?.end();
    this.#arrival = undefined;
    this.#messages = [];
    this.#bytes = 0;
  }

  async #work(arrival: Arrival): Promise<void> {
    while (this.#messages.length > 0) {
      const messages = this.#messages;
      this.#messages = [];
      for (const data of messages) {
        await this.#take(data);
        if (this.#arrival !== arrival) return; // dropped
        this.#bytes -= data.length + QUEUED_BYTES;
      }
    }
    this.drop();
  }
}

/** RFC 6455, 4.2.1. Some runtimes take up what is none, and do not tell that nothing comes of it. */
export function isHandshake(headers: Headers): boolean {
  const key = headers.get('sec-websocket-key')?.trim() ?? '';
  return headers.get('sec-websocket-version')?.trim() === '13' && /^[A-Za-z0-9+/]{22}==$/.test(key);
}
