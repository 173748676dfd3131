import { BargeIn } from '../../conversation/barge-in.ts';
import { History } from '../../conversation/history.ts';
import { Playback } from '../../conversation/playback.ts';
import { Reply } from '../../conversation/reply.ts';
import type { SentencePlace } from '../../conversation/reply-events.ts';
import { SocketLife } from '../../conversation/socket-life.ts';
import type { LanguageModel, Listening, ModelSettings } from '../../core/conversation.ts';
import { invalid, type SpeechError, SpeechFailure } from '../../core/errors.ts';
import type { Clock, Socket, StreamOutcome } from '../../core/ports.ts';
import { meaningOf } from '../../http/error-response.ts';
import type { Character } from '../../services/characters.ts';
import type { Speech } from '../../speech/synthesize.ts';
import { messagesFor, respondersTo, withoutTags } from './cast.ts';
import { type ClientMessage, readClientMessage } from './client-messages.ts';
import { Ensemble } from './ensemble.ts';
import { endOf, errorEvent, event, messagesOf, startOf } from './events.ts';
import { Microphone } from './microphone.ts';
import { contentOf, startAnswer, Turn } from './turn.ts';

/** Errors in a row after which a client is not listened to any more. */
const MAX_ERRORS = 100;

export interface ChatOptions {
  readonly clock: Clock;
  readonly model: LanguageModel;
  readonly listening: Listening | undefined;
  /** The characters of whoever asks. */
  readonly characters: () => Promise<readonly Character[]>;
  /** One sentence in the voice of a character, as 24 kHz s16le. */
  readonly speak: (
    text: string,
    voice: string | undefined,
    place: SentencePlace,
    signal: AbortSignal,
  ) => Promise<Speech>;
  /** Before each message of the user but the first. @throws SpeechFailure when the client may not ask for one more */
  readonly again: () => Promise<void>;
  readonly idleMs: number;
  readonly writeMs: number;
  readonly onEnd: (end: StreamOutcome) => void;
}

/** A session of `/ws`: text or speech of one user comes in, text and speech of characters go out. */
export class ChatSession {
  readonly #options: ChatOptions;
  readonly #life: SocketLife;
  readonly #playback: Playback;
  readonly #history = new History();
  readonly #bargeIn: BargeIn;
  readonly #microphone: Microphone;
  readonly #id = crypto.randomUUID();
  readonly #ensemble: Ensemble;
  #settings: ModelSettings = {};
  /** The last one: it may be over and still be heard. */
  #turn: Turn | undefined;
  #turns = 0;
  #errorsInRow = 0;
  #restsSince: number | undefined;
  #isHeld = false;
  #isDraining = false;

  constructor(socket: Socket, options: ChatOptions) {
    const { clock, idleMs, writeMs, onEnd, listening } = options;
    this.#options = options;
    this.#playback = new Playback(clock);
    this.#life = new SocketLife(socket, {
      clock,
      idleMs,
      writeMs,
      onEnd,
      describe: (error) => ({ event: errorEvent(error), reason: meaningOf(error).message }),
      onOver: () => this.#stop(),
    });
    this.#bargeIn = new BargeIn({
      clock,
      isSpeaking: () => this.#isSpeaking,
      hold: () => this.#hold(),
      resume: () => this.#resume(),
      interrupt: () => this.#interrupt(),
    });
    this.#microphone = new Microphone(listening, {
      clock,
      tell: (type, fields) => this.#life.tell(event(type, fields)),
      fail: (error) => this.#tellError(error),
      touch: () => this.#life.touch(),
      started: () => this.#bargeIn.started(),
      recognised: (text) => this.#bargeIn.recognised(text),
      ended: () => this.#bargeIn.ended(),
      said: (text) => this.#take(text),
    });
    this.#ensemble = new Ensemble({
      find: options.characters,
      told: (characters) => this.#life.tell(event('characters_updated', { characters })),
      failed: (error) => {
        if (error instanceof SpeechFailure) this.#tellError(error.error);
        else this.#life.end(error);
      },
    });
    this.#restsSince = clock.now();
  }

  message(data: string | Uint8Array): void {
    if (this.#life.isOver) return;
    try {
      if (typeof data === 'string') this.#follow(readClientMessage(data));
      else this.#microphone.hear(data);
      this.#errorsInRow = 0;
    } catch (error) {
      this.#errorsInRow += 1;
      if (this.#errorsInRow > MAX_ERRORS) this.#life.end(invalid('Too many messages that are wrong.'));
      else if (error instanceof SpeechFailure) this.#tellError(error.error);
      else this.#life.end(error);
    }
  }

  closed(): void {
    this.#life.closed(this.#isBusy);
  }

  fail(error: unknown): void {
    this.#life.end(error);
  }

  /** What is being answered is said to its end. */
  drain(): void {
    this.#isDraining = true;
    this.#endWhenDrained();
  }

  giveWay(): boolean {
    return this.#life.giveWay();
  }

  get restsSince(): number | undefined {
    return this.#isBusy || this.#microphone.isOpen ? undefined : this.#restsSince;
  }

  get awaitsStart(): boolean {
    return false;
  }

  get #isBusy(): boolean {
    return this.#turn !== undefined && !this.#turn.isOver;
  }

  get #isSpeaking(): boolean {
    return this.#turn !== undefined && (!this.#turn.isOver || this.#playback.remainingMs > 0);
  }

  #follow(message: ClientMessage): void {
    if (message.kind === 'ping') {
      this.#life.keepAlive();
      this.#life.tell(event('pong'));
      return;
    }
    this.#life.touch();
    switch (message.kind) {
      case 'user-message':
        this.#take(message.text);
        return;
      case 'start-listening':
        this.#microphone.open(message.language);
        return;
      case 'stop-listening':
        this.#microphone.stop();
        return;
      case 'settings':
        this.#settings = message.settings;
        return;
      case 'interrupt':
        this.#interrupt();
        return;
      case 'clear-history':
        this.#interrupt();
        this.#history.clear();
        this.#life.tell(event('history_cleared'));
        return;
      case 'set-characters':
        void this.#ensemble.set(message.characters);
        return;
      case 'refresh-characters':
        void this.#ensemble.refresh();
        return;
      case 'played':
        this.#turn?.answerOf(message.messageId)?.reply.acknowledge(message.ms);
    }
  }

  /** The user has said something. */
  #take(text: string): void {
    if (this.#life.isOver || this.#isDraining) return;
    if (!this.#options.model.isSetUp) {
      const message = 'No language model is set up: this server can speak and listen, but not answer.';
      throw new SpeechFailure({ code: 'not_supported', message });
    }
    this.#interrupt();
    const turn = new Turn();
    this.#turn = turn;
    void this.#answer(turn, text).catch((error: unknown) => {
      if (error instanceof SpeechFailure && !turn.isOver) this.#giveUp(turn, error.error);
      else if (!turn.isOver) this.#life.end(error);
    });
  }

  async #answer(turn: Turn, text: string): Promise<void> {
    if (this.#turns++ > 0) await this.#options.again();
    const cast = await this.#ensemble.characters();
    if (turn.isOver) return;
    this.#history.add({ role: 'user', content: text });
    for (const character of respondersTo(text, cast)) {
      if (turn.isOver || !(await this.#reply(turn, character, cast))) break;
    }
    if (!turn.isOver) this.#finish(turn, {});
  }

  /** @returns false when the model has no answer at all */
  async #reply(turn: Turn, character: Character, cast: readonly Character[]): Promise<boolean> {
    const { clock, speak } = this.#options;
    const { name, voice } = character;
    const request = { messages: messagesFor(character, cast, this.#history), settings: this.#settings };
    const reply = new Reply(request, {
      clock,
      model: withoutTags(this.#options.model, name),
      speak: (text, place, signal) => speak(text, voice, place, signal),
      playback: this.#playback,
    });
    if (this.#isHeld) reply.hold();
    const answer = startAnswer(name, reply);
    turn.add(answer);
    await this.#life.send(...startOf(answer, clock));
    const outcome = await reply.run(async (what) => {
      if (what.kind === 'audio') this.#life.touch();
      const messages = messagesOf(what, answer, clock);
      if (messages.length > 0) await this.#life.send(...messages);
    });
    if (turn.isOver) return true;
    answer.isDone = true;
    this.#history.settle(answer.entry, contentOf(reply, outcome));
    await this.#life.send(...endOf(answer, clock));
    return outcome.reason !== 'failed' || outcome.text !== '';
  }

  /** The last event of a message of the user. */
  #finish(turn: Turn, fields: Readonly<Record<string, unknown>>): void {
    turn.isOver = true;
    const about = { session_id: this.#id, message_id: turn.last?.messageId, is_session_complete: true };
    this.#life.tell(event('audio_complete', { ...about, ...fields }));
    this.#restsSince = this.#options.clock.now();
    this.#endWhenDrained();
  }

  /** Nobody can answer, or nobody may ask. */
  #giveUp(turn: Turn, error: SpeechError): void {
    turn.interrupt(this.#history);
    this.#tellError(error);
    this.#finish(turn, {});
  }

  #hold(): void {
    this.#isHeld = true;
    this.#turn?.hold();
    this.#playback.hold();
    this.#life.tell(event('audio_paused', { message_id: this.#turn?.last?.messageId }));
  }

  #resume(): void {
    this.#isHeld = false;
    this.#playback.resume();
    this.#turn?.release();
    this.#life.tell(event('audio_resumed', { message_id: this.#turn?.last?.messageId }));
  }

  /** Stops what is being said, or still to be played. */
  #interrupt(): void {
    this.#bargeIn.forget();
    const turn = this.#turn;
    if (!turn || !this.#isSpeaking) return;
    const { current, last } = turn;
    const wasOver = turn.isOver;
    const heard = turn.interrupt(this.#history);
    this.#playback.drop();
    this.#turn = undefined;
    this.#isHeld = false;
    if (current) this.#life.tell(...endOf(current, this.#options.clock));
    const about = { message_id: last?.messageId, character_name: last?.entry.name };
    this.#life.tell(event('interrupted', { ...about, text: heard }));
    if (!wasOver) this.#finish(turn, { interrupted: true });
  }

  #tellError(error: SpeechError): void {
    this.#life.tell(errorEvent(error));
  }

  #endWhenDrained(): void {
    if (this.#isDraining && !this.#isBusy) this.#life.end(new SpeechFailure({ code: 'shutting_down' }));
  }

  #stop(): void {
    this.#bargeIn.forget();
    this.#microphone.close();
    this.#turn?.interrupt(this.#history);
  }
}
