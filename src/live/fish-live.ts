import { invalid, SpeechFailure } from '../core/errors.ts';
import type { Socket, SocketListener, StreamOutcome } from '../core/ports.ts';
import { isSpeakable } from '../speech/speakable.ts';
import { ClientGone } from '../stream/cancel.ts';
import { ReaderStalled } from '../stream/pass-through.ts';
import { Outbox } from './outbox.ts';
import { Utterance, type UtteranceOptions } from './utterance.ts';

/** Messages in a row that ask for nothing, which cost work all the same: a language model sends a few marks and spaces alone. */
const MAX_EMPTY_MESSAGES = 1000;
/** RFC 6455, section 7.4.1. */
const NORMAL_CLOSURE = 1000;

/** What a client of `/v1/tts/live` says (docs/fish-speech.md). */
export type LiveEvent<Asked> =
  | { readonly kind: 'start'; readonly asked: Asked; readonly text: string; readonly partLength: number }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'flush' }
  | { readonly kind: 'stop' }
  | { readonly kind: 'unknown' };

/** What a session needs of the layer around it. Times are milliseconds. */
export interface LiveOptions<Asked> extends UtteranceOptions<Asked> {
  /** @throws SpeechFailure for what is no event */
  readonly parse: (message: string | Uint8Array) => LiveEvent<Asked>;
  /** Before each utterance but the first. @throws SpeechFailure when the client may not ask for one more */
  readonly again: () => Promise<void>;
  /** For the first event. */
  readonly startMs: number;
  /** In which nothing is written and nothing is heard; then the session ends as if the client had stopped it. */
  readonly idleMs: number;
  /** In which a client takes no audio. */
  readonly writeMs: number;
  readonly onEnd: (end: StreamOutcome) => void;
}

/**
 * A session of Fish Audio's `/v1/tts/live`: one utterance after the other. Each starts with `start`, ends with one `finish`
 * event and is one playable stream, spoken sentence by sentence, or at once when the client flushes. In between the session
 * rests. It ends when the client leaves, after an error, and when nothing happens for long.
 */
export class FishLive<Asked> implements Pick<SocketListener, 'message' | 'closed'> {
  readonly #socket: Socket;
  readonly #options: LiveOptions<Asked>;
  readonly #outbox: Outbox;
  /** The one that is being written or spoken. */
  #utterance: Utterance<Asked> | undefined;
  /** Resolves when the client has taken enough of the utterance before that it may be told more. */
  #told: Promise<void> = Promise.resolve();
  #restsSince: number | undefined;
  #callOff: () => void;
  #bytes = 0;
  #emptyInRow = 0;
  /** Since it rests, the client has sent what is no start. */
  #hasStrayed = false;
  /** No utterance comes after this one. */
  #isLast = false;
  #over = false;

  constructor(socket: Socket, options: LiveOptions<Asked>) {
    this.#socket = socket;
    this.#options = options;
    this.#outbox = new Outbox(socket, options.clock, options.writeMs);
    this.#callOff = options.clock.alarm(options.startMs, () => {
      this.#end(new SpeechFailure({ code: 'timeout', stage: 'receive' }));
    });
  }

  message(data: string | Uint8Array): void {
    if (this.#over) return;
    try {
      const event = this.#options.parse(data);
      if (!this.#utterance && event.kind !== 'start') this.#hasStrayed = true;
      const says = this.#says(event);
      this.#follow(event);
      if (this.#utterance && (says || event.kind === 'start')) this.#wait();
      if (says) this.#emptyInRow = 0;
      else if (++this.#emptyInRow > MAX_EMPTY_MESSAGES) throw invalid('Too many messages that say nothing.');
    } catch (error) {
      this.#end(error);
    }
  }

  closed(): void {
    this.#outbox.shut();
    this.#end(this.restsSince === undefined ? new ClientGone() : undefined);
  }

  /** What is wrong is said to the client, and the session is over. */
  fail(error: unknown): void {
    this.#end(error);
  }

  /** No more is taken: what was written is still said. */
  drain(): void {
    this.#isLast = true;
    if (this.#utterance) this.#utterance.stop();
    else this.#end();
  }

  /** Ends at once, as it rests. False where the runtime lets nobody close the socket of another request. */
  giveWay(): boolean {
    try {
      this.#socket.close(NORMAL_CLOSURE);
    } catch {
      return false;
    }
    this.#end();
    return true;
  }

  /** Since when, in milliseconds of the clock, everything it was asked for was said; undefined while something is being said. */
  get restsSince(): number | undefined {
    return this.#restsSince;
  }

  /** The next message may be a start, which may be larger than others. */
  get awaitsStart(): boolean {
    return !this.#utterance && !this.#hasStrayed;
  }

  #follow(event: LiveEvent<Asked>): void {
    const utterance = this.#utterance;
    if (event.kind === 'start') {
      if (utterance) throw invalid('The session was started already.', 'event');
      this.#start(new Utterance(event.asked, event.partLength, this.#options), event.text);
    } else if (event.kind !== 'unknown') {
      const mustStart = event.kind === 'text' || this.#restsSince === undefined;
      if (!utterance && mustStart) throw invalid('The first event must be start.', 'event');
      if (event.kind === 'text') utterance?.write(event.text);
      else if (event.kind === 'flush') utterance?.flush();
      else utterance?.stop();
    }
  }

  /** Whether something is heard because of it: only then is the session not idle. A flush is heard of what was written before. */
  #says(event: LiveEvent<Asked>): boolean {
    if (event.kind === 'start') return isSpeakable(event.text);
    return event.kind === 'text' && !this.#utterance?.isStopped && isSpeakable(event.text);
  }

  #start(utterance: Utterance<Asked>, text: string): void {
    const isFirst = this.#restsSince === undefined;
    this.#utterance = utterance;
    this.#restsSince = undefined;
    utterance.write(text);
    void this.#speak(utterance, isFirst);
  }

  async #speak(utterance: Utterance<Asked>, isFirst: boolean): Promise<void> {
    try {
      await this.#told;
      if (!isFirst) await this.#options.again();
      await utterance.speak(this.#outbox, (bytes) => {
        this.#bytes += bytes;
        this.#wait();
      });
      if (this.#isLast) this.#end();
      else if (!this.#over) this.#rest(utterance);
    } catch (error) {
      this.#end(error);
    }
  }

  /** The client may have the end of it, and start the next, before what is sent here counts as taken. */
  #rest(utterance: Utterance<Asked>): void {
    this.#utterance = undefined;
    this.#hasStrayed = false;
    this.#restsSince = this.#options.clock.now();
    this.#told = this.#outbox.send(utterance.events.finish());
    this.#told.catch((error: unknown) => this.#end(error));
    this.#wait();
  }

  #wait(): void {
    this.#callOff();
    if (!this.#over) this.#callOff = this.#options.clock.alarm(this.#options.idleMs, () => this.drain());
  }

  /** Without an error, the text was said to its end. */
  #end(error?: unknown): void {
    if (this.#over) return;
    this.#over = true;
    this.#callOff();
    this.#utterance?.drop();
    const hasLeft = error instanceof ClientGone || error instanceof ReaderStalled;
    const outcome = error === undefined ? 'finished' : hasLeft ? 'cancelled' : 'error';
    const isTold = error === undefined && this.#restsSince !== undefined;
    if (!hasLeft && !isTold) {
      const events = this.#utterance?.events ?? this.#options.createEvents();
      this.#socket.send(events.finish(toFailure(error)));
    }
    this.#socket.close(NORMAL_CLOSURE);
    this.#options.onEnd({ outcome, bytes: this.#bytes, error });
  }
}

function toFailure(error: unknown): SpeechFailure | undefined {
  if (error === undefined || error instanceof SpeechFailure) return error;
  return new SpeechFailure({ code: 'engine_failed' }, error);
}
