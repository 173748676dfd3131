import type { LanguageModel, ToolCall } from '../core/conversation.ts';
import type { SpeechError } from '../core/errors.ts';
import type { Clock } from '../core/ports.ts';
import type { Speech } from '../speech/synthesize.ts';
import type { Playback } from './playback.ts';

/** Where a sentence stands in its reply. */
export interface SentencePlace {
  /** An earlier one is being heard. */
  readonly isContinuation: boolean;
  /** When that one will have been heard, by the clock. */
  readonly playbackDeadline: () => number;
  /** The same for all sentences of the reply: they have one voice. */
  readonly utteranceId: object;
  /** Whether its reply is heard: one may be made before that is known. */
  readonly wanted: Promise<boolean>;
}

export interface ReplyParts {
  readonly clock: Clock;
  readonly model: LanguageModel;
  /** Speaks one sentence as 24 kHz s16le; undefined for a reply in writing. @throws SpeechFailure before any audio exists */
  readonly speak: ((text: string, place: SentencePlace, signal: AbortSignal) => Promise<Speech>) | undefined;
  /** Of all the session's audio: replies that follow each other share it. */
  readonly playback: Playback;
}

/** What happens while a model answers. Sentences count from 0, chunks from 0 in each sentence. */
export type ReplyEvent =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'tool-call'; readonly index: number; readonly id: string; readonly name: string }
  | { readonly kind: 'tool-arguments'; readonly index: number; readonly text: string }
  /** The model has written all; its audio may still be coming. @param error why it stopped in the middle */
  | { readonly kind: 'text-end'; readonly reason: ModelEnd; readonly error?: SpeechError | undefined }
  /** The first audio of a sentence follows. */
  | { readonly kind: 'sentence'; readonly sentence: number; readonly text: string }
  /** Mono s16le at 24 kHz. */
  | {
      readonly kind: 'audio';
      readonly sentence: number;
      readonly chunk: number;
      readonly pcm: Uint8Array<ArrayBuffer>;
    }
  /** It is left out, or broke off; the next one follows. */
  | {
      readonly kind: 'sentence-failed';
      readonly sentence: number;
      readonly text: string;
      readonly error: SpeechError;
    };

type ModelEnd = 'stop' | 'length' | 'tool-calls' | 'filtered' | 'failed';

/** How a reply ended. It says nothing of what was heard. */
export interface ReplyOutcome {
  /** `interrupted`: it was stopped before its end. */
  readonly reason: ModelEnd | 'interrupted';
  /** Why the model stopped in the middle, or never began. */
  readonly error?: SpeechError | undefined;
  readonly text: string;
  readonly toolCalls: readonly ToolCall[];
  readonly inputTokens?: number | undefined;
  readonly outputTokens?: number | undefined;
}
