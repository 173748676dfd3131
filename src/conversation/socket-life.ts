import { SpeechFailure } from '../core/errors.ts';
import type { Clock, Socket, StreamOutcome } from '../core/ports.ts';
import { Outbox } from '../live/outbox.ts';
import { ClientGone } from '../stream/cancel.ts';
import { ReaderStalled } from '../stream/pass-through.ts';
import { atMost, closeCodeOf, closeCodes } from './close-frame.ts';

/** Bytes that may wait for a client whatever it asks for: one that asks and does not read is let go. */
const MAX_UNREAD_BYTES = 4 * 1024 * 1024;
/** A client that only says that it is still there is let go in the end. */
const MAX_REST_MS = 60 * 60_000;
/** A client that was heard so shortly ago is in the middle of something, though nothing is being said. */
const RESTING_MS = 30_000;
/** Messages within a window: a minute of a recording that is sent at once in pieces of 10 ms has 6,000. */
const MAX_MESSAGES = 10_000;
const WINDOW_MS = 10_000;

/** Why a session ends in which nothing went wrong. */
export type Farewell = 'idle' | 'expired' | 'draining';

/** What a client is told at the end, and the reason in the close frame. */
export interface LastWords {
  readonly event?: string | undefined;
  readonly reason: string;
}

/** What happens over a socket: the conversation of one protocol. */
export interface SocketWork {
  /** Follows a message. @throws SpeechFailure for what is wrong with it: the client is told, and the session goes on */
  take(data: string | Uint8Array): void;
  /** Something is being said, or made to be said. */
  readonly isBusy: boolean;
  /** What went wrong, in the words of the protocol. */
  describe(failure: SpeechFailure): LastWords & { readonly event: string };
  bidFarewell(why: Farewell): LastWords;
  /** Stops everything: the session is over. */
  stop(): void;
}

/** Times are milliseconds. */
export interface SocketLifeOptions {
  readonly clock: Clock;
  /** In which nothing is said and nothing is heard. */
  readonly idleMs: number;
  /** In which a client takes nothing. */
  readonly writeMs: number;
  /** Of the whole session; undefined: as long as it is used. */
  readonly lifeMs?: number | undefined;
  /** Wrong messages in a row after which a client is not listened to any more. */
  readonly maxWrong: number;
  readonly onEnd: (end: StreamOutcome) => void;
}

type Message = string | Uint8Array<ArrayBuffer>;

/**
 * The socket of a conversation from its opening to its one end, whatever its protocol: how much may come and wait, how long it may
 * rest, and the code with which it closes.
 */
export class SocketLife {
  /** Every message may be as large as the first. */
  readonly awaitsStart = true;
  readonly #socket: Socket;
  readonly #work: SocketWork;
  readonly #options: SocketLifeOptions;
  readonly #outbox: Outbox;
  readonly #callOffLife: () => void;
  #callOffIdle: () => void = () => {};
  /** When something was said or heard. */
  #activeAt: number;
  /** When the client was last known to be there. */
  #presentAt: number;
  #window = { since: 0, messages: 0 };
  #wrongInRow = 0;
  #bytes = 0;
  #isDraining = false;
  #isOver = false;

  constructor(socket: Socket, work: SocketWork, options: SocketLifeOptions) {
    const { clock, writeMs, idleMs, lifeMs } = options;
    this.#socket = socket;
    this.#work = work;
    this.#options = options;
    this.#outbox = new Outbox(socket, clock, writeMs);
    this.#activeAt = clock.now();
    this.#presentAt = this.#activeAt;
    this.#window.since = this.#activeAt;
    this.#callOffLife = lifeMs === undefined ? () => {} : clock.alarm(lifeMs, () => this.#leave('expired'));
    this.#wait(idleMs);
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Nothing new is begun: the server stops. */
  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** Since when, in milliseconds of the clock, it does nothing; undefined while something is said or heard. */
  get restsSince(): number | undefined {
    const isInUse = this.#work.isBusy || this.#options.clock.now() - this.#activeAt < RESTING_MS;
    return isInUse ? undefined : this.#activeAt;
  }

  message(data: string | Uint8Array): void {
    if (this.#isOver) return;
    if (this.#comeTooMany()) {
      this.end(new SpeechFailure({ code: 'rate_limit_exceeded', retryAfterMs: WINDOW_MS, what: 'requests' }));
      return;
    }
    try {
      this.#work.take(data);
      this.#wrongInRow = 0;
    } catch (thrown) {
      this.refuse(thrown);
      if (++this.#wrongInRow >= this.#options.maxWrong)
        this.#end(closeCodes.policy, 'Too many messages that are wrong.', thrown);
    }
  }

  /** Says what is wrong with what the client asked for. What no client can be told of ends the session. */
  refuse(thrown: unknown): void {
    if (!(thrown instanceof SpeechFailure)) this.end(thrown);
    else if (!this.#isOver) this.tell(this.#work.describe(thrown).event);
  }

  /** Sends `messages` with nothing between them; resolves when more may be sent. @throws ClientGone, ReaderStalled */
  async send(...messages: readonly Message[]): Promise<void> {
    if (this.#isOver) throw new ClientGone();
    for (const { length } of messages) this.#bytes += length;
    await this.#outbox.send(...messages);
  }

  /** The same for what nobody waits for. */
  tell(...messages: readonly Message[]): void {
    if (this.#isOver) return;
    for (const message of messages) {
      this.#bytes += message.length;
      this.#socket.send(message);
    }
    if ((this.#socket.waiting() ?? 0) > MAX_UNREAD_BYTES) this.end(new ReaderStalled(this.#options.writeMs));
  }

  /** Something is said or heard. */
  touch(): void {
    this.#activeAt = this.#options.clock.now();
    this.#presentAt = this.#activeAt;
  }

  /** The client says that it is there, and asks for nothing. */
  keepAlive(): void {
    const now = this.#options.clock.now();
    if (now - this.#activeAt < MAX_REST_MS) this.#presentAt = now;
  }

  /** What was being said is over. */
  rest(): void {
    if (this.#isOver) return;
    this.touch();
    if (this.#isDraining && !this.#work.isBusy) this.#leave('draining');
  }

  /** What is being said is said to its end. */
  drain(): void {
    this.#isDraining = true;
    if (!this.#work.isBusy) this.#leave('draining');
  }

  /** Makes room for another. False where the runtime lets nobody close the socket of another request. */
  giveWay(): boolean {
    if (this.#isOver || !this.#close(closeCodes.normal, 'Another session needs the place.')) return false;
    this.#end(undefined);
    return true;
  }

  /** The client closed the socket. */
  closed(): void {
    this.#end(undefined, '', this.#work.isBusy ? new ClientGone() : undefined);
  }

  /** What is wrong is said to the client, and the session is over. */
  fail(error: unknown): void {
    this.end(error);
  }

  /** The same; who has left, or reads nothing, is told nothing. */
  end(error: unknown): void {
    if (this.#isOver) return;
    if (error instanceof ClientGone || error instanceof ReaderStalled) {
      const isGone = error instanceof ClientGone;
      this.#end(isGone ? closeCodes.normal : closeCodes.policy, isGone ? '' : 'Nothing is read.', error);
      return;
    }
    const failure =
      error instanceof SpeechFailure ? error : new SpeechFailure({ code: 'engine_failed' }, error);
    const { event, reason } = this.#work.describe(failure);
    this.#socket.send(event);
    this.#end(closeCodeOf(failure.error), reason, error);
  }

  #leave(why: Farewell): void {
    if (this.#isOver) return;
    const { event, reason } = this.#work.bidFarewell(why);
    if (event !== undefined) this.#socket.send(event);
    this.#end(why === 'draining' ? closeCodes.goingAway : closeCodes.normal, reason);
  }

  /** @param code undefined where the socket is closed already @param error undefined for a good end */
  #end(code: number | undefined, reason = '', error?: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#callOffIdle();
    this.#callOffLife();
    this.#outbox.shut();
    this.#work.stop();
    if (code !== undefined) this.#close(code, reason);
    const hasLeft = error instanceof ClientGone || error instanceof ReaderStalled;
    const outcome = error === undefined ? 'finished' : hasLeft ? 'cancelled' : 'error';
    this.#options.onEnd({ outcome, bytes: this.#bytes, error });
  }

  #close(code: number, reason: string): boolean {
    try {
      this.#socket.close(code, atMost(reason));
      return true;
    } catch {
      return false;
    }
  }

  /** One alarm at a time, however much is said and heard: it looks how long the client has been away. */
  #wait(ms: number): void {
    this.#callOffIdle = this.#options.clock.alarm(Math.max(1, ms), () => {
      const { clock, idleMs } = this.#options;
      const leftMs = this.#presentAt + idleMs - clock.now();
      if (leftMs > 0) this.#wait(leftMs);
      else if (this.#work.isBusy) this.#wait(idleMs);
      else this.#leave('idle');
    });
  }

  #comeTooMany(): boolean {
    const now = this.#options.clock.now();
    if (now - this.#window.since >= WINDOW_MS) this.#window = { since: now, messages: 0 };
    return ++this.#window.messages > MAX_MESSAGES;
  }
}
