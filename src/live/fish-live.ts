import type { Clock, Ended, Socket, SocketListener } from '../ports.ts';
import { invalid, SpeechFailure } from '../speech/errors.ts';
import type { Speech } from '../speech/speak.ts';
import { isSpeakable } from '../speech/speakable.ts';
import { ClientGone } from '../stream/cancel.ts';
import { ReaderStalled } from '../stream/conduit.ts';
import { Outbox } from './outbox.ts';
import { inPieces } from './pieces.ts';
import { Sentences, TooMuchText } from './sentences.ts';

/** Code units of text that may wait to be spoken: half a book. */
const MAX_WAITING = 200_000;
/** Messages in a row that ask for nothing, which cost work all the same: a language model sends a few marks and spaces alone. */
const MAX_EMPTY_MESSAGES = 1000;
/** RFC 6455, section 7.4.1. */
const NORMAL_CLOSURE = 1000;

/** What a client of `/v1/tts/live` says (protocol page 3.2). */
export type LiveEvent<Asked> =
  | { readonly kind: 'start'; readonly asked: Asked; readonly text: string; readonly partLength: number }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'flush' }
  | { readonly kind: 'stop' }
  | { readonly kind: 'unknown' };

/** What a session needs of the layer around it. Times are milliseconds. */
export interface LiveOptions<Asked> {
  readonly clock: Clock;
  /** @throws SpeechFailure for what is no event */
  readonly parse: (message: string | Uint8Array) => LiveEvent<Asked>;
  readonly audioEvent: (audio: Uint8Array) => Uint8Array<ArrayBuffer>;
  /** @param failure what went wrong; undefined after a good end */
  readonly finishEvent: (failure?: SpeechFailure) => Uint8Array<ArrayBuffer>;
  readonly speak: (
    asked: Asked,
    text: string,
    more: AsyncIterable<string>,
    signal: AbortSignal,
  ) => Promise<Speech>;
  /** Most code units that are spoken as one request. */
  readonly maxPart: number;
  /** For the first event. */
  readonly startMs: number;
  /** In which nothing is written and nothing is heard; then the session ends as if the client had stopped it. */
  readonly idleMs: number;
  /** In which a client takes no audio. */
  readonly writeMs: number;
  readonly onEnd: (end: Ended) => void;
}

/**
 * A session of Fish Audio's `/v1/tts/live`: text comes in bit by bit, and its audio leaves as one playable stream, spoken
 * sentence by sentence, or at once when the client flushes. It ends with one `finish` event, and then the socket does.
 */
export class FishLive<Asked> implements Pick<SocketListener, 'message' | 'closed'> {
  readonly #socket: Socket;
  readonly #options: LiveOptions<Asked>;
  readonly #outbox: Outbox;
  readonly #left = new AbortController();
  #sentences: Sentences | undefined;
  #callOff: () => void;
  #bytes = 0;
  #emptyInRow = 0;
  #stopped = false;
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
      this.#follow(event);
      if (this.#says(event)) this.#emptyInRow = 0;
      else if (++this.#emptyInRow > MAX_EMPTY_MESSAGES) throw invalid('Too many messages that say nothing.');
    } catch (error) {
      this.#end(error);
    }
  }

  closed(): void {
    this.#outbox.shut();
    this.#end(new ClientGone());
  }

  /** What is wrong is said to the client, and the session is over. */
  fail(error: unknown): void {
    this.#end(error);
  }

  /** No more text is taken: what was written is still said. */
  drain(): void {
    if (this.#sentences) this.#sentences.end();
    else this.#end();
  }

  #follow(event: LiveEvent<Asked>): void {
    if (event.kind === 'start') {
      if (this.#sentences) throw invalid('The session was started already.', 'event');
      const { maxPart, clock } = this.#options;
      const later = (call: () => void): void => void clock.alarm(0, call);
      const { partLength } = event;
      this.#sentences = new Sentences({ partLength, maxPart, maxWaiting: MAX_WAITING, later });
      this.#write(this.#sentences, event.text);
      void this.#speak(event.asked, this.#sentences);
    } else if (event.kind !== 'unknown') {
      if (!this.#sentences) throw invalid('The first event must be start.', 'event');
      if (event.kind === 'text') this.#write(this.#sentences, event.text);
      else if (event.kind === 'flush') this.#sentences.flush();
      else {
        this.#stopped = true;
        this.#sentences.end();
      }
    }
    if (this.#sentences && this.#says(event)) this.#wait();
  }

  /** Whether something is heard because of it: only then is the session not idle. A flush is heard of what was written before. */
  #says(event: LiveEvent<Asked>): boolean {
    if (event.kind === 'start') return true;
    return event.kind === 'text' && !this.#stopped && isSpeakable(event.text);
  }

  #write(sentences: Sentences, text: string): void {
    try {
      sentences.push(text);
    } catch (error) {
      throw error instanceof TooMuchText ? invalid(error.message, 'text') : error;
    }
  }

  async #speak(asked: Asked, sentences: Sentences): Promise<void> {
    try {
      const first = await sentences.next();
      if (first !== undefined) await this.#say(asked, first, sentences);
      this.#end();
    } catch (error) {
      this.#end(error);
    }
  }

  async #say(asked: Asked, first: string, sentences: Sentences): Promise<void> {
    const speech = await this.#options.speak(asked, first, rest(sentences), this.#left.signal);
    const reader = speech.body.getReader();
    try {
      for await (const audio of inPieces(reader, this.#options.clock)) {
        this.#bytes += audio.length;
        await this.#outbox.send(this.#options.audioEvent(audio));
        this.#wait();
      }
    } finally {
      await reader.cancel().catch(() => {}); // harmless on a body that has ended
    }
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
    this.#sentences?.drop();
    this.#left.abort(new ClientGone());
    const hasLeft = error instanceof ClientGone || error instanceof ReaderStalled;
    const outcome = error === undefined ? 'finished' : hasLeft ? 'cancelled' : 'error';
    if (!hasLeft) this.#socket.send(this.#options.finishEvent(toFailure(error)));
    this.#socket.close(NORMAL_CLOSURE);
    this.#options.onEnd({ outcome, bytes: this.#bytes, error });
  }
}

function toFailure(error: unknown): SpeechFailure | undefined {
  if (error === undefined || error instanceof SpeechFailure) return error;
  return new SpeechFailure({ code: 'engine_failed' }, error);
}

async function* rest(sentences: Sentences): AsyncGenerator<string, void, void> {
  for (let part = await sentences.next(); part !== undefined; part = await sentences.next()) yield part;
}
