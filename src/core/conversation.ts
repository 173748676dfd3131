/** What a conversation is made of: a microphone that is listened to, a language model, and the messages between them. Types only. */

import type { SpeechError } from './errors.ts';

/** Samples a second of what a listener hears, mono s16le. */
export const LISTENING_RATE = 16_000;

/** Who says that the user's turn is over: the listener after a silence, or the client. */
export interface TurnDetection {
  /** Probability of speech above which a frame counts as speech, 0 to 1. */
  readonly threshold: number;
  /** Milliseconds of audio before the first speech that belong to the turn. */
  readonly prefixMs: number;
  /** Milliseconds without speech that end the turn. */
  readonly silenceMs: number;
  /** How often in one turn its text is told in a pause, as the turn may be over. */
  readonly earlyTexts: number;
}

/**
 * What was heard. Times are milliseconds of audio since the listener was opened: `started` is where the turn's audio begins, with
 * its prefix, `stopped` where it ends, with its silence. A turn is `started`, any number of `partial`, and of `paused` that may be
 * followed by `resumed`, then `stopped` and one `final` (or `failed`, after which the listener goes on with the next turn); one that
 * is cleared has no further events. `turn` counts from 0. The next turn may start before the text of the last one is there.
 */
export type ListeningEvent =
  | { readonly kind: 'started'; readonly turn: number; readonly atMs: number }
  /** Replaces the partial text before it; the first `stableLength` code units will not change any more. */
  | {
      readonly kind: 'partial';
      readonly turn: number;
      readonly text: string;
      readonly stableLength: number;
    }
  /** A short silence: if it lasts, this is the text of the turn, which is not empty. */
  | { readonly kind: 'paused'; readonly turn: number; readonly text: string }
  /** It was no more than a pause. */
  | { readonly kind: 'resumed'; readonly turn: number }
  | { readonly kind: 'stopped'; readonly turn: number; readonly atMs: number }
  /** The text may be empty: a cough, a door. */
  | { readonly kind: 'final'; readonly turn: number; readonly text: string }
  | { readonly kind: 'failed'; readonly turn: number; readonly error: SpeechError };

export interface ListeningOptions {
  /** Undefined: only `commit` ends a turn, and all audio belongs to it. */
  readonly turnDetection: TurnDetection | undefined;
  /** BCP 47; undefined where the recogniser is to find out. */
  readonly language?: string | undefined;
  /** No partial texts are wanted: they cost processor time. */
  readonly partials: boolean;
  readonly onEvent: (event: ListeningEvent) => void;
}

/** One microphone. Bounded: audio that comes faster than it can be heard is refused by `push`. */
export interface Listener {
  /** Mono s16le at `LISTENING_RATE`; copied. @throws SpeechFailure overloaded when too much waits */
  push(pcm: Uint8Array): void;
  /**
   * The turn is over now. Without audio there is no turn, nor with turn detection before anybody has spoken: nothing happens. It
   * waits for what was pushed before it.
   */
  commit(): void;
  /** Forgets what was heard of the turn, and what waits to be heard. Turns that have stopped still come to their text. */
  clear(): void;
  /** For what is pushed from now on. @throws SpeechFailure not_supported */
  change(options: Pick<ListeningOptions, 'turnDetection' | 'language'>): void;
  /** Milliseconds of audio taken so far. */
  heardMs(): number;
  /** Stops all work that it caused. */
  close(): void;
}

/** What listens to microphones. */
export interface Listening {
  readonly id: string;
  /** Name of the recogniser's model. */
  readonly model: string;
  /** For clients that say nothing of it: what the operator set. */
  readonly turnDetection: TurnDetection;
  available(): Promise<boolean>;
  /** @throws SpeechFailure overloaded, not_supported */
  open(options: ListeningOptions): Listener;
  close(): Promise<void>;
}

export interface ToolCall {
  readonly id: string;
  readonly name: string;
  /** JSON as the model wrote it. */
  readonly arguments: string;
}

export type ChatMessage =
  | { readonly role: 'system' | 'user'; readonly content: string }
  | { readonly role: 'assistant'; readonly content: string; readonly toolCalls?: readonly ToolCall[] }
  | { readonly role: 'tool'; readonly content: string; readonly toolCallId: string };

/** A function that the model may call; `parameters` is a JSON Schema, handed on unread. */
export interface Tool {
  readonly name: string;
  readonly description?: string | undefined;
  readonly parameters?: unknown;
}

export interface ModelSettings {
  /** Name of the model; undefined: the server's. */
  readonly model?: string | undefined;
  readonly temperature?: number | undefined;
  readonly topP?: number | undefined;
  readonly minP?: number | undefined;
  readonly topK?: number | undefined;
  readonly frequencyPenalty?: number | undefined;
  readonly presencePenalty?: number | undefined;
  readonly repetitionPenalty?: number | undefined;
  readonly maxTokens?: number | undefined;
}

export interface ModelRequest {
  readonly messages: readonly ChatMessage[];
  readonly settings: ModelSettings;
  readonly tools?: readonly Tool[] | undefined;
  /** `auto`, `none`, `required`, or the name of one function. */
  readonly toolChoice?: string | undefined;
}

export type ModelEvent =
  | { readonly kind: 'text'; readonly text: string }
  /** A call begins, then come parts of its arguments. `index` tells calls apart. */
  | {
      readonly kind: 'tool-call';
      readonly index: number;
      readonly id: string;
      readonly name: string;
    }
  | { readonly kind: 'tool-arguments'; readonly index: number; readonly text: string }
  | {
      readonly kind: 'end';
      readonly reason: 'stop' | 'length' | 'tool-calls' | 'filtered';
      readonly inputTokens?: number | undefined;
      readonly outputTokens?: number | undefined;
    };

/** A chat model that streams. */
export interface LanguageModel {
  /**
   * Leaving the iteration, or `signal`, stops the model. Rejects with `not_supported` (no model is set up), `engine_unavailable`
   * (before the answer or in the middle), `overloaded`, `invalid_value` (what the model refuses), `timeout` (a first token or the
   * next one that does not come, or no end), or ClientGone.
   */
  answer(request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelEvent>;
  /** Whether one is set up; says nothing about its health. */
  readonly isSetUp: boolean;
}
