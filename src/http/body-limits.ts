import type { Limits } from './options.ts';

/** What a code point outside of the basic plane is in JSON when it is escaped: `\ud83d\ude00`. */
const BYTES_PER_CHARACTER = 12;
/** The other fields of a request, and what clients send without being asked. */
export const MAX_OTHER_FIELDS: number = 128 * 1024;
/** Two names, a voice, a word. */
export const MAX_FEW_FIELDS: number = 16 * 1024;
/** Code units of what is said in a voice sample: some minutes of speech. */
export const MAX_TRANSCRIPT: number = 4096;
/** Characters of what somebody says at once in a conversation. */
const MAX_MESSAGE = 16_000;
/** A message of a socket once its session has started: a piece of text. */
export const MAX_LIVE_MESSAGE: number = 1024 * 1024;

/** Bytes of a text of so many characters, at most. */
export function textBytes(characters: number): number {
  return characters * BYTES_PER_CHARACTER;
}

/** So many bytes, and never more than `limits.max_body`. */
export function atMost(limits: Limits, bytes: number): number {
  return Math.min(limits.maxBody, Math.ceil(bytes));
}

/** Largest body in bytes of the requests that most dialects have. */
export interface BodyLimits {
  /** A text of `limits.max_text_length` to speak, and how. */
  readonly text: number;
  /** The same of `limits.max_input_length`. */
  readonly speech: number;
  /** Whatever carries neither text nor audio. */
  readonly few: number;
  /** A character's prompt, or a message of a conversation: 16,000 characters. */
  readonly characters: number;
}

export function bodyLimits(limits: Limits): BodyLimits {
  const { maxBody, maxTextLength } = limits;
  return {
    text: maxTextLength === 0 ? maxBody : atMost(limits, textBytes(maxTextLength) + MAX_OTHER_FIELDS),
    speech: atMost(limits, textBytes(limits.maxInputLength) + MAX_OTHER_FIELDS),
    few: atMost(limits, MAX_FEW_FIELDS),
    characters: atMost(limits, textBytes(MAX_MESSAGE) + MAX_FEW_FIELDS),
  };
}
