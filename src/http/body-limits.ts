import { maxTokenBody } from '../dialects/fish/token-fields.ts';
import { maxTranscript } from '../dialects/fish/voice-samples.ts';
import type { Limits } from './options.ts';

/** What a code point outside of the basic plane is in JSON when it is escaped: `\ud83d\ude00`. */
const BYTES_PER_CHARACTER = 12;
const BASE64_GROWTH = 4 / 3;
/** The other fields of a request, and what clients send without being asked. */
const ROOM = 128 * 1024;
/** Two names, a voice, a word. */
const FEW_FIELDS = 16 * 1024;
/** A message of a socket once its session has started: a piece of text. */
export const MAX_LIVE_MESSAGE: number = 1024 * 1024;

/** Largest body of each kind of request in bytes: what its fields need, and never more than `limits.max_body`. */
export interface BodyLimits {
  /** `/v1/tts`, and the first message of a socket. */
  readonly tts: number;
  readonly speech: number;
  readonly addReference: number;
  readonly encode: number;
  readonly decode: number;
  readonly transcription: number;
  /** Whatever carries neither text nor audio. */
  readonly few: number;
}

export function bodyLimits(limits: Limits): BodyLimits {
  const atMost = (bytes: number): number => Math.min(limits.maxBody, Math.ceil(bytes));
  const text = (characters: number): number => characters * BYTES_PER_CHARACTER;
  const reference = limits.maxReferenceBytes * BASE64_GROWTH + text(maxTranscript) + FEW_FIELDS;
  const tts = text(limits.maxTextLength) + limits.maxReferences * reference + ROOM;
  return {
    tts: limits.maxTextLength === 0 ? limits.maxBody : atMost(tts),
    speech: atMost(text(limits.maxInputLength) + ROOM),
    addReference: atMost(reference + ROOM),
    encode: limits.maxBody,
    decode: atMost(maxTokenBody),
    transcription: limits.maxBody,
    few: atMost(FEW_FIELDS),
  };
}
