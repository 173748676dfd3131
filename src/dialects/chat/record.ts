import type { HistoryEntry } from '../../conversation/history.ts';
import { SpeechFailure } from '../../core/errors.ts';
import type { Ports } from '../../core/ports.ts';
import {
  type Conversation,
  type Conversations,
  type Message,
  newRecordId,
} from '../../services/conversations.ts';

/** Code units of a message that are kept: a record has its bound in bytes. */
const MAX_CONTENT = 16_000;
/** Messages that wait for the store at once. */
const MAX_WAITING = 100;

/** Which conversation a client wants to go on with. Without an id it is a new one. */
export interface AskedConversation {
  readonly id?: string | undefined;
  readonly title?: string | undefined;
}

export interface RecordOptions {
  readonly conversations: Conversations;
  /** Of whom they are: the name of the key, where there is one. */
  readonly owner: string | undefined;
  readonly ports: Pick<Ports, 'clock' | 'background'>;
}

/** Where an entry is kept. */
interface Place {
  readonly conversation: string;
  readonly created: string;
  /** Of its message, once it was written. */
  id: string | undefined;
}

/**
 * Writes what is said in a session into a conversation of its key: each entry once it is said, and again when less of it was
 * heard. One write at a time, each of what is known then.
 */
export class ConversationRecord {
  readonly #options: RecordOptions;
  /** Told once of what cannot be written, until something can be again. */
  readonly #onFailure: (failure: SpeechFailure, conversation: string) => void;
  readonly #places = new WeakMap<HistoryEntry, Place>();
  readonly #waiting = new Set<HistoryEntry>();
  #conversation: string | undefined;
  #isWriting = false;
  #hasFailed = false;

  constructor(options: RecordOptions, onFailure: (failure: SpeechFailure, conversation: string) => void) {
    this.#options = options;
    this.#onFailure = onFailure;
  }

  /**
   * What is said from now on is kept in it.
   * @returns it, and what was said in it before
   * @throws SpeechFailure for one that is not there or not the client's, where it has too many, or when the store cannot be reached
   */
  async open({
    id,
    title = '',
  }: AskedConversation): Promise<{ readonly conversation: Conversation; readonly entries: HistoryEntry[] }> {
    const { conversations, owner } = this.#options;
    if (id === undefined) {
      const made = { id: newRecordId('conv'), title, characterIds: [], created: this.#now() };
      const conversation = await conversations.add(made, owner);
      this.#writeInto(conversation.id);
      return { conversation, entries: [] };
    }
    const conversation = await conversations.get(id, owner);
    if (!conversation) throw noConversation();
    const messages = await conversations.messages(id).list(owner);
    this.#writeInto(id);
    return { conversation, entries: messages.map(({ role, name, content }) => ({ role, name, content })) };
  }

  /** Something was said, or less of it was heard than was thought. */
  note(entry: HistoryEntry): void {
    if (!this.#places.has(entry)) {
      if (this.#conversation === undefined) return;
      this.#places.set(entry, { conversation: this.#conversation, created: this.#now(), id: undefined });
    }
    if (this.#waiting.size >= MAX_WAITING && !this.#waiting.has(entry)) {
      const error = { code: 'overloaded', retryAfterSeconds: 1 } as const;
      this.#fail(new SpeechFailure(error), this.#conversation ?? '');
      return;
    }
    this.#waiting.add(entry);
    if (this.#isWriting) return;
    this.#isWriting = true;
    const writing = this.#writeAll();
    this.#options.ports.background?.(writing);
  }

  #writeInto(conversation: string): void {
    this.#conversation = conversation;
    this.#hasFailed = false;
  }

  async #writeAll(): Promise<void> {
    for (const entry of this.#waiting) {
      this.#waiting.delete(entry); // one that changes meanwhile comes again
      const place = this.#places.get(entry);
      if (!place) continue;
      try {
        if (await this.#write(entry, place)) this.#hasFailed = false;
      } catch (thrown) {
        const failure =
          thrown instanceof SpeechFailure ? thrown : new SpeechFailure({ code: 'engine_failed' }, thrown);
        this.#fail(failure, place.conversation);
      }
    }
    this.#isWriting = false;
  }

  /** @returns whether there is room: something was written */
  async #write({ role, name, content }: HistoryEntry, place: Place): Promise<boolean> {
    const { conversations, owner } = this.#options;
    const messages = conversations.messages(place.conversation);
    if (place.id !== undefined && !(await messages.get(place.id, owner))) return false; // deleted by its client meanwhile
    if (content === '') {
      if (place.id !== undefined) await messages.delete(place.id, owner);
      place.id = undefined;
      return false;
    }
    const kept = content.slice(0, MAX_CONTENT).toWellFormed();
    const message: Message = {
      ...{ id: place.id ?? newRecordId('msg'), role, name },
      ...{ content: kept, created: place.created },
    };
    if (place.id !== undefined) {
      await messages.replace(message, owner);
      return true;
    }
    if (!(await conversations.get(place.conversation, owner))) throw noConversation();
    await messages.add(message, owner);
    place.id = message.id;
    return true;
  }

  #fail(failure: SpeechFailure, conversation: string): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#onFailure(failure, conversation);
  }

  #now(): string {
    return new Date(this.#options.ports.clock.wallNow()).toISOString();
  }
}

function noConversation(): SpeechFailure {
  return new SpeechFailure({ code: 'not_found' });
}
