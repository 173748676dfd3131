import type { VoiceRecording } from '../speech/voice-recording.ts';
import type { NamedKey } from './keys.ts';
import { type DictionaryUser, dictionaryUser } from './pronunciations.ts';

/** Whose voices are meant: a key of a name has its own; without names all belong to the server's owner. */
export interface VoiceUser extends DictionaryUser {
  /** Name of the key, for the record of a consent. */
  readonly key: string | undefined;
}

export function voiceUser(key: NamedKey | undefined): VoiceUser {
  return { ...dictionaryUser(key), key: key?.name };
}

/** Sees what is shared alone: no key has an empty name. */
export const stranger: VoiceUser = { owner: '', mayShare: false, key: undefined };

/** That the voice's owner agreed. */
export interface Consent {
  /** Who agreed, in the words of whoever added the voice; null where the client's way of speaking has no field for it. */
  readonly who: string | null;
  /** ISO 8601: when, as it was said, or when the voice was added. */
  readonly when: string;
  /** Of the file that was sent, in hex. */
  readonly sha256: string;
  /** Name of the key that added the voice; null without one. */
  readonly by: string | null;
}

/** A record of the store. */
export interface CustomVoice {
  /** `voice_` and 32 hex digits: of its owner, the file that was sent, and the transcript. */
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly transcript: string;
  /** Name of the key that added it; absent where keys have no names. */
  readonly owner?: string | undefined;
  /** All keys may speak with it. */
  readonly shared: boolean;
  /** ISO 8601. */
  readonly created: string;
  readonly reference: Omit<VoiceRecording, 'wav'>;
  readonly consent: Consent;
  /** Where the recording lies. */
  readonly file: string;
}

export interface NewVoice extends Pick<CustomVoice, 'name' | 'description' | 'transcript' | 'consent'> {
  readonly recording: VoiceRecording;
  readonly shared: boolean | undefined;
}

/** What may change: the id stands for the rest. */
export interface VoiceChange {
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  readonly shared?: boolean | undefined;
}
