import type { RecordStore } from '../core/store.ts';
import { createOwnedRecords, type OwnedRecords } from './owned-records.ts';

/** Somebody who answers in a conversation. */
export interface Character {
  readonly id: string;
  readonly name: string;
  /** As requests name voices; absent: the server's own. */
  readonly voice?: string | undefined;
  readonly systemPrompt: string;
  /** Answers although nobody named it. */
  readonly isActive: boolean;
  readonly imageUrl?: string | undefined;
  /** ISO 8601. */
  readonly created?: string | undefined;
}

const MAX_CHARACTERS = 100;

/** Who answers where a key has no characters of its own. It is no record: the first that is made takes its place. */
export const assistant: Character = {
  id: 'assistant',
  name: 'Assistant',
  systemPrompt:
    'You are a friendly assistant in a spoken conversation. Answer in short, plain sentences, without lists or formatting.',
  isActive: true,
};

export function createCharacters(records: RecordStore): OwnedRecords<Character> {
  const own = createOwnedRecords<Character>(records, 'characters', {
    what: 'characters',
    max: MAX_CHARACTERS,
  });
  return {
    ...own,
    async list(owner) {
      const all = await own.list(owner);
      return all.length > 0 ? all : [assistant];
    },
  };
}
