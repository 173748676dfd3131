import { SpeechFailure } from '../../core/errors.ts';
import type { Clock, Socket, StreamOutcome } from '../../core/ports.ts';
import type { MessageSession } from '../../http/socket-messages.ts';
import type { Session } from '../../live/sessions.ts';
import { ClientGone } from '../../stream/cancel.ts';
import { ReaderStalled } from '../../stream/pass-through.ts';
import { readEvent } from './client-events.ts';
import { type ConversationParts, RealtimeConversation } from './conversation.ts';
import { detailsOf, type ErrorDetails, EventRefused } from './event-error.ts';
import { EventWriter } from './event-writer.ts';
import type { SessionSettings } from './session-settings.ts';
import type { Generation } from './wire-format.ts';

/** Events in a row that are refused: a client that is told so often does not listen. */
const MAX_REFUSED = 1000;
/** A client that was heard so shortly ago is in the middle of something, though nothing is being said. */
const RESTING_MS = 30_000;
/** RFC 6455, 7.4.1. */
const CLOSE = { normal: 1000, goingAway: 1001, policy: 1008, tooLarge: 1009, failed: 1011 } as const;

type Parts = Omit<ConversationParts, 'writer' | 'onAudio' | 'onRest'>;

export interface SessionOptions extends Parts {
  readonly generation: Generation;
  readonly settings: SessionSettings;
  /** Milliseconds in which nothing is heard of the client and nothing is said to it. */
  readonly idleMs: number;
  /** Milliseconds in which a client takes nothing. */
  readonly writeMs: number;
  /** Milliseconds of the whole session. */
  readonly lifeMs: number;
  readonly onEnd: (end: StreamOutcome) => void;
}

/** A session of `/v1/realtime`: from its handshake until its client leaves, is idle for long, or its time is over. */
export class RealtimeSession implements MessageSession, Session {
  readonly awaitsStart = true; // every event may be as large as the first
  readonly #socket: Socket;
  readonly #options: SessionOptions;
  readonly #clock: Clock;
  readonly #writer: EventWriter;
  readonly #conversation: RealtimeConversation;
  readonly #callOffLife: () => void;
  #callOffIdle: () => void = () => {};
  #heardAt: number;
  #bytes = 0;
  #refused = 0;
  /** No response comes after the one that is being made. */
  #isLast = false;
  #isOver = false;

  constructor(socket: Socket, options: SessionOptions) {
    const { clock, generation, writeMs, settings, lifeMs } = options;
    this.#socket = socket;
    this.#options = options;
    this.#clock = clock;
    this.#writer = new EventWriter(socket, generation, clock, writeMs, (error) =>
      this.#end(error, CLOSE.policy, 'nothing is read'),
    );
    this.#conversation = new RealtimeConversation(settings, {
      ...options,
      writer: this.#writer,
      onAudio: (bytes) => {
        this.#bytes += bytes;
      },
      onRest: (error) => this.#rest(error),
    });
    this.#heardAt = clock.now();
    this.#callOffLife = clock.alarm(lifeMs, () => {
      this.#tell(invalid('session_expired', 'Your session hit its maximum duration.'));
      this.#end(undefined, CLOSE.normal, 'session expired');
    });
    this.#conversation.open();
    this.#wait();
  }

  message(data: string | Uint8Array): void {
    if (this.#isOver) return;
    this.#heardAt = this.#clock.now();
    this.#wait();
    let culprit: string | null = null;
    try {
      const event = readEvent(data);
      culprit = event.id;
      this.#conversation.handle(event.check());
      this.#refused = 0;
    } catch (thrown) {
      this.#tell(toDetails(thrown), culprit);
      if (++this.#refused >= MAX_REFUSED) this.#end(thrown, CLOSE.policy, 'too many wrong events');
    }
  }

  closed(): void {
    this.#end(this.restsSince === undefined ? new ClientGone() : undefined);
  }

  /** What is wrong is said to the client, and the session is over. */
  fail(error: unknown): void {
    if (this.#isOver) return;
    const details = toDetails(error);
    this.#tell(details);
    const isLarge = details.code === 'request_too_large';
    this.#end(error, isLarge ? CLOSE.tooLarge : CLOSE.policy, details.code);
  }

  /** The response that is being made is said to its end. */
  drain(): void {
    this.#isLast = true;
    if (!this.#conversation.isBusy) this.#end(undefined, CLOSE.goingAway, 'the server stops');
  }

  /** Ends at once, as it rests. False where the runtime lets nobody close the socket of another request. */
  giveWay(): boolean {
    try {
      this.#socket.close(CLOSE.normal, 'another session needs the place');
    } catch {
      return false;
    }
    this.#end();
    return true;
  }

  /** Since when, in milliseconds of the clock, it does nothing; undefined while something is said or heard. */
  get restsSince(): number | undefined {
    const isBusy = this.#conversation.isBusy || this.#clock.now() - this.#heardAt < RESTING_MS;
    return isBusy ? undefined : this.#heardAt;
  }

  #rest(error?: unknown): void {
    if (error !== undefined) this.#end(error, CLOSE.policy, 'nothing is read');
    else if (this.#isLast) this.drain();
    else this.#wait();
  }

  #wait(): void {
    this.#callOffIdle();
    if (this.#isOver) return;
    this.#callOffIdle = this.#clock.alarm(this.#options.idleMs, () => {
      if (this.#conversation.isBusy) return this.#wait();
      this.#tell(invalid('session_idle', 'Nothing was heard of the client for too long.'));
      this.#end(undefined, CLOSE.normal, 'idle');
    });
  }

  #tell(details: ErrorDetails, culprit: string | null = null): void {
    if (!this.#isOver) this.#writer.error(details, culprit);
  }

  /** Without an error, nothing was missing. */
  #end(error?: unknown, code: number = CLOSE.normal, reason = ''): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#callOffIdle();
    this.#callOffLife();
    this.#writer.shut();
    this.#conversation.close();
    const hasLeft = error instanceof ClientGone || error instanceof ReaderStalled;
    const outcome = error === undefined ? 'finished' : hasLeft ? 'cancelled' : 'error';
    this.#socket.close(code, reason);
    this.#options.onEnd({ outcome, bytes: this.#bytes, error });
  }
}

function invalid(code: string, message: string): ErrorDetails {
  return new EventRefused(code, message).details;
}

function toDetails(thrown: unknown): ErrorDetails {
  if (thrown instanceof EventRefused) return thrown.details;
  return detailsOf(thrown instanceof SpeechFailure ? thrown.error : { code: 'engine_failed' });
}
