import type { RecordStore } from '../core/store.ts';
import { createOwnedRecords, type OwnedRecords } from './owned-records.ts';

/** What a client keeps of a conversation. Its messages are records of their own. */
export interface Conversation {
  readonly id: string;
  readonly title: string;
  /** Ids of those who answer in it. */
  readonly characterIds: readonly string[];
  /** ISO 8601. */
  readonly created: string;
}

export interface Message {
  readonly id: string;
  readonly role: 'user' | 'assistant';
  /** Who said it, where a character did. */
  readonly name?: string | undefined;
  readonly content: string;
  /** ISO 8601. */
  readonly created: string;
}

const MAX_CONVERSATIONS = 100;
const MAX_MESSAGES = 200;

export interface Conversations extends OwnedRecords<Conversation> {
  /** Of one that is there. */
  messages(id: string): OwnedRecords<Message>;
}

/** An id that nobody can guess. */
export function newRecordId(kind: 'conv' | 'msg'): string {
  return `${kind}_${crypto.randomUUID().replaceAll('-', '')}`;
}

export function createConversations(records: RecordStore): Conversations {
  const own = createOwnedRecords<Conversation>(records, 'conversations', {
    what: 'conversations',
    max: MAX_CONVERSATIONS,
  });
  const messages = (id: string): OwnedRecords<Message> =>
    createOwnedRecords<Message>(records, `messages/${id}`, { what: 'messages', max: MAX_MESSAGES });
  return {
    ...own,
    messages,
    /** Its messages go first: none is ever left without its conversation. */
    async delete(id, owner) {
      if (!(await own.get(id, owner))) return false;
      const all = messages(id);
      for (const message of await all.list(owner)) await all.delete(message.id, owner);
      return own.delete(id, owner);
    },
  };
}
