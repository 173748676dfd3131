import {
  type Farewell,
  type LastWords,
  SocketLife,
  type SocketWork,
} from '../../conversation/socket-life.ts';
import type { SpeechFailure } from '../../core/errors.ts';
import type { Socket, StreamOutcome } from '../../core/ports.ts';
import { readEvent } from './client-events.ts';
import { RealtimeConversation } from './conversation.ts';
import type { ConversationParts } from './conversation-parts.ts';
import { EventRefused, inAnswerTo, refusalOf } from './event-error.ts';
import { EventWriter } from './event-writer.ts';
import type { SessionSettings } from './session-settings.ts';
import type { Generation } from './wire-format.ts';

/** Events in a row that are refused: a microphone in a wrong format sends fifty a second. */
const MAX_WRONG = 1000;

export interface SessionOptions extends Omit<ConversationParts, 'writer' | 'onRest'> {
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

/** A session of `/v1/realtime`: events come in, and events go out. */
export class RealtimeSession implements SocketWork {
  readonly life: SocketLife;
  readonly #writer: EventWriter;
  readonly #conversation: RealtimeConversation;

  constructor(socket: Socket, options: SessionOptions) {
    const { clock, generation, idleMs, writeMs, lifeMs, onEnd } = options;
    const life = new SocketLife(socket, this, { clock, idleMs, writeMs, lifeMs, onEnd, maxWrong: MAX_WRONG });
    this.life = life;
    this.#writer = new EventWriter(life, generation);
    this.#conversation = new RealtimeConversation(options.settings, {
      ...options,
      writer: this.#writer,
      onRest: (error) => (error === undefined ? life.rest() : life.end(error)),
    });
    this.#conversation.open();
  }

  get isBusy(): boolean {
    return this.#conversation.isBusy;
  }

  take(data: string | Uint8Array): void {
    this.life.touch();
    const event = readEvent(data);
    try {
      this.#conversation.handle(event.check());
    } catch (thrown) {
      throw inAnswerTo(event.id, thrown);
    }
  }

  describe(failure: SpeechFailure): LastWords & { readonly event: string } {
    const { details, eventId } = refusalOf(failure);
    return { event: this.#writer.errorMessage(details, eventId), reason: details.message };
  }

  bidFarewell(why: Farewell): LastWords {
    switch (why) {
      case 'draining':
        return { reason: 'the server stops' };
      case 'idle': {
        const { event } = this.describe(
          new EventRefused('session_idle', 'Nothing was heard of the client for too long.'),
        );
        return { event, reason: 'idle' };
      }
      case 'expired': {
        const { event } = this.describe(
          new EventRefused('session_expired', 'Your session hit its maximum duration.'),
        );
        return { event, reason: 'session expired' };
      }
    }
  }

  stop(): void {
    this.#conversation.close();
  }
}
