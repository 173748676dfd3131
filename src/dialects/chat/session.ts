import {
  type Farewell,
  type LastWords,
  SocketLife,
  type SocketWork,
} from '../../conversation/socket-life.ts';
import type { Listening } from '../../core/conversation.ts';
import type { SpeechFailure } from '../../core/errors.ts';
import type { Socket, StreamOutcome } from '../../core/ports.ts';
import type { Character } from '../../services/characters.ts';
import { type ClientMessage, MAX_WRONG, readClientMessage } from './client-messages.ts';
import { ChatConversation, type ConversationOptions } from './conversation.ts';
import { Ensemble } from './ensemble.ts';
import { errorEvent, event, farewellOf, lastWordsOf } from './events.ts';
import { Microphone } from './microphone.ts';

export interface ChatOptions extends ConversationOptions {
  readonly listening: Listening | undefined;
  /** The characters of whoever asks. */
  readonly characters: () => Promise<readonly Character[]>;
  /** The conversation that the session goes on with. */
  readonly conversation: string | undefined;
  readonly idleMs: number;
  readonly writeMs: number;
  readonly onEnd: (end: StreamOutcome) => void;
}

/** A session of `/ws`: text or speech of one user comes in, text and speech of characters go out. */
export class ChatSession implements SocketWork {
  readonly life: SocketLife;
  readonly #conversation: ChatConversation;
  readonly #microphone: Microphone;
  readonly #ensemble: Ensemble;

  constructor(socket: Socket, options: ChatOptions) {
    const { clock, idleMs, writeMs, onEnd } = options;
    const life = new SocketLife(socket, this, { clock, idleMs, writeMs, onEnd, maxWrong: MAX_WRONG });
    this.life = life;
    this.#ensemble = new Ensemble({
      find: options.characters,
      told: (characters) => life.tell(event('characters_updated', { characters })),
      failed: (error) => life.refuse(error),
    });
    const conversation = new ChatConversation(life, this.#ensemble, options);
    this.#conversation = conversation;
    this.#microphone = new Microphone(options.listening, {
      clock,
      tell: (type, fields) => life.tell(event(type, fields)),
      fail: (error) => life.tell(errorEvent(error)),
      touch: () => life.touch(),
      started: () => conversation.bargeIn.started(),
      recognised: (text) => conversation.bargeIn.recognised(text),
      paused: (text) => conversation.expect(text),
      resumed: () => conversation.early.drop(),
      ended: () => conversation.ended(),
      said: (text) => conversation.take(text),
    });
    if (options.conversation !== undefined) conversation.open({ id: options.conversation }, true);
  }

  get isBusy(): boolean {
    return this.#conversation.isBusy;
  }

  take(data: string | Uint8Array): void {
    if (typeof data === 'string') {
      this.#follow(readClientMessage(data));
      return;
    }
    this.#microphone.hear(data);
    this.life.touch();
  }

  describe(failure: SpeechFailure): LastWords & { readonly event: string } {
    return lastWordsOf(failure);
  }

  bidFarewell(why: Farewell): LastWords {
    return farewellOf(why);
  }

  stop(): void {
    this.#microphone.close();
    this.#conversation.stop();
  }

  #follow(message: ClientMessage): void {
    if (message.kind === 'ping') {
      this.life.keepAlive();
      this.life.tell(event('pong'));
      return;
    }
    this.life.touch();
    const conversation = this.#conversation;
    switch (message.kind) {
      case 'user-message':
        conversation.take(message.text);
        return;
      case 'start-listening':
        this.#microphone.open(message.language);
        return;
      case 'stop-listening':
        this.#microphone.stop();
        return;
      case 'settings':
        conversation.settings = message.settings;
        return;
      case 'interrupt':
        conversation.interrupt();
        return;
      case 'clear-history':
        conversation.clear();
        return;
      case 'open-conversation':
        conversation.open(message.asked);
        return;
      case 'set-characters':
        void this.#ensemble.set(message.characters);
        return;
      case 'refresh-characters':
        void this.#ensemble.refresh();
        return;
      case 'played':
        conversation.played(message.messageId, message.ms);
    }
  }
}
