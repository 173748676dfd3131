import { invalid, SpeechFailure } from '../../core/errors.ts';
import type { Clock, Socket, SocketListener, StreamOutcome } from '../../core/ports.ts';
import { Outbox } from '../../live/outbox.ts';
import { Utterance, type UtteranceOptions } from '../../live/utterance.ts';
import { isSpeakable } from '../../speech/speakable.ts';
import { endsClause, endsSentence } from '../../speech/words.ts';
import { ClientGone } from '../../stream/cancel.ts';
import { ReaderStalled } from '../../stream/pass-through.ts';
import { socketError } from './error-body.ts';
import {
  audioMessages,
  type FirstMessage,
  type InputMessage,
  readFirstMessage,
  readMessage,
} from './socket-messages.ts';
import { Aligner } from './timestamps.ts';

/** Messages in a row that ask for nothing: clients send spaces to keep their socket. */
const MAX_EMPTY_MESSAGES = 1000;
/** RFC 6455, 7.4.1. */
const NORMAL_CLOSURE = 1000;
/** RFC 6455, 5.5: what a close frame holds beside its code. */
const MAX_REASON_BYTES = 123;
const USUAL_PART_LENGTH = 200;

/** What a session needs of the layer around it. Times are milliseconds. */
export interface StreamInputOptions<Asked> extends Omit<UtteranceOptions<Asked>, 'createEvents'> {
  readonly clock: Clock;
  /** What the first message asks for; it carries the key where the handshake had none. @throws SpeechFailure */
  readonly begin: (first: FirstMessage) => { readonly asked: Asked; readonly admitted: Promise<void> };
  /** Before each utterance but the first. @throws SpeechFailure when the client may not ask for one more */
  readonly again: () => Promise<void>;
  /** Messages are whole phrases: what ends as one is spoken at once. */
  readonly speaksPhrases: boolean;
  /** In which nothing is written and nothing is heard: then the session ends. */
  readonly idleMs: number;
  /** In which a client takes no audio. */
  readonly writeMs: number;
  readonly onEnd: (end: StreamOutcome) => void;
}

/** What the first message settled. */
interface Begun<Asked> {
  readonly asked: Asked;
  readonly admitted: Promise<void>;
  readonly partLength: number;
}

/** An utterance that still takes text, and what was written of it. */
interface Open<Asked> {
  readonly utterance: Utterance<Asked>;
  readonly aligner: Aligner;
}

/**
 * A session of ElevenLabs' `stream-input`: text comes in bit by bit, audio and the times of its characters go out. A flush ends
 * the utterance, so that nothing is held while the client pauses; what is written next begins another. Empty text ends the
 * session, and so do errors, and a client that writes nothing.
 */
export class StreamInput<Asked> implements Pick<SocketListener, 'message' | 'closed'> {
  readonly #socket: Socket;
  readonly #options: StreamInputOptions<Asked>;
  readonly #outbox: Outbox;
  #begun: Begun<Asked> | undefined;
  #open: Open<Asked> | undefined;
  /** Those that are being said, or wait for it: one, and the one that is being written. */
  readonly #saying = new Set<Utterance<Asked>>();
  /** Settles when all utterances so far were said. */
  #said: Promise<void> = Promise.resolve();
  #utterances = 0;
  #restsSince: number | undefined;
  #callOff: () => void = () => {};
  #bytes = 0;
  #emptyInRow = 0;
  /** Nothing more will be written. */
  #isLast = false;
  #over = false;

  constructor(socket: Socket, options: StreamInputOptions<Asked>) {
    this.#socket = socket;
    this.#options = options;
    this.#outbox = new Outbox(socket, options.clock, options.writeMs);
    this.#wait();
  }

  message(data: string | Uint8Array): void {
    if (this.#over || this.#isLast) return;
    try {
      this.#follow(this.#begun ? readMessage(data) : this.#begin(data));
    } catch (error) {
      this.#end(error);
    }
  }

  closed(): void {
    this.#outbox.shut();
    this.#end(this.#saying.size > 0 ? new ClientGone() : undefined, true);
  }

  /** What is wrong is said to the client, and the session is over. */
  fail(error: unknown): void {
    this.#end(error);
  }

  /** No more is taken: what was written is still said. */
  drain(): void {
    this.#isLast = true;
    this.#open?.utterance.stop();
    this.#finishWhenSaid();
  }

  /** Ends at once, as it rests. False where the runtime lets nobody close the socket of another request. */
  giveWay(): boolean {
    try {
      this.#socket.close(NORMAL_CLOSURE);
    } catch {
      return false;
    }
    this.#end(undefined, true);
    return true;
  }

  /** Since when, in milliseconds of the clock, all that was flushed was said; undefined while something is being said. */
  get restsSince(): number | undefined {
    return this.#restsSince;
  }

  /** The next message says how everything is to be said. */
  get awaitsStart(): boolean {
    return this.#begun === undefined;
  }

  #begin(data: string | Uint8Array): InputMessage {
    const first = readFirstMessage(data);
    const { asked, admitted } = this.#options.begin(first);
    admitted.catch((error: unknown) => this.#end(error));
    this.#begun = { asked, admitted, partLength: first.partLength ?? USUAL_PART_LENGTH };
    return first;
  }

  #follow({ text, flush }: InputMessage): void {
    if (text === '') {
      this.drain();
      return;
    }
    this.#wait();
    const says = isSpeakable(text);
    this.#emptyInRow = says ? 0 : this.#emptyInRow + 1;
    if (this.#emptyInRow > MAX_EMPTY_MESSAGES) throw invalid('Too many messages that say nothing.');
    const open = says ? this.#toWrite() : this.#written();
    open?.utterance.write(text);
    open?.aligner.write(text);
    if (flush) open?.utterance.flushToEnd();
    else if (says && this.#options.speaksPhrases && endsPhrase(text)) open?.utterance.flush();
  }

  /** The utterance that takes text. */
  #written(): Open<Asked> | undefined {
    return this.#open?.utterance.isStopped ? undefined : this.#open;
  }

  #toWrite(): Open<Asked> | undefined {
    const open = this.#written();
    if (open || !this.#begun) return open;
    const { asked, partLength, admitted } = this.#begun;
    const aligner = new Aligner();
    const createEvents = (): ReturnType<typeof audioMessages> => audioMessages(aligner);
    const utterance = new Utterance(asked, partLength, { ...this.#options, createEvents });
    this.#open = { utterance, aligner };
    this.#saying.add(utterance);
    this.#restsSince = undefined;
    const isFirst = this.#utterances++ === 0;
    this.#said = Promise.all([this.#said, admitted]).then(() => this.#say(utterance, isFirst));
    this.#said.catch((error: unknown) => this.#end(error));
    return this.#open;
  }

  async #say(utterance: Utterance<Asked>, isFirst: boolean): Promise<void> {
    if (this.#over) return;
    if (!isFirst) await this.#options.again();
    await utterance.speak(this.#outbox, (bytes) => {
      this.#bytes += bytes;
      this.#wait();
    });
    this.#saying.delete(utterance);
    if (this.#saying.size === 0) this.#restsSince = this.#options.clock.now();
    this.#wait();
  }

  #finishWhenSaid(): void {
    const ready = this.#begun?.admitted ?? Promise.resolve();
    void Promise.all([this.#said, ready]).then(
      () => this.#end(),
      () => {}, // told where it failed
    );
  }

  #wait(): void {
    this.#callOff();
    if (this.#over) return;
    this.#callOff = this.#options.clock.alarm(this.#options.idleMs, () => {
      const isBusy = [...this.#saying].some((utterance) => !utterance.isWaiting);
      if (isBusy) this.#wait();
      else this.#end(new SpeechFailure({ code: 'timeout', stage: 'receive' }));
    });
  }

  /** @param isTold the client needs no word of it. Without an error, everything was said */
  #end(error?: unknown, isTold = false): void {
    if (this.#over) return;
    this.#over = true;
    this.#callOff();
    for (const utterance of this.#saying) utterance.drop();
    const hasLeft = error instanceof ClientGone || error instanceof ReaderStalled;
    const outcome = error === undefined ? 'finished' : hasLeft ? 'cancelled' : 'error';
    if (!hasLeft && !isTold) this.#tell(error);
    else this.#socket.close(NORMAL_CLOSURE);
    this.#options.onEnd({ outcome, bytes: this.#bytes, error });
  }

  #tell(error: unknown): void {
    const failure = error === undefined ? undefined : toFailure(error);
    this.#socket.send(audioMessages(new Aligner()).finish(failure));
    if (!failure) this.#socket.close(NORMAL_CLOSURE);
    else {
      const { code, message } = socketError(failure.error);
      this.#socket.close(code, reasonOf(message));
    }
  }
}

function endsPhrase(text: string): boolean {
  const shown = text.trimEnd();
  return endsSentence(shown) || endsClause(shown);
}

/** As much of a message as a close frame holds. */
function reasonOf(message: string): string {
  const bytes = new Uint8Array(MAX_REASON_BYTES);
  const { read } = new TextEncoder().encodeInto(message, bytes);
  return message.slice(0, read);
}

function toFailure(error: unknown): SpeechFailure {
  return error instanceof SpeechFailure ? error : new SpeechFailure({ code: 'engine_failed' }, error);
}
