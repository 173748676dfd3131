import type { LanguageModel, Listening } from '../../core/conversation.ts';
import type { Clock, Ports } from '../../core/ports.ts';
import type { Transcription } from '../../recognizer/recognizer.ts';
import type { EventWriter } from './event-writer.ts';
import type { ResponseParts } from './response.ts';
import type { ResponseSettings, TurnSettings } from './session-settings.ts';
import type { SessionFacts } from './wire-format.ts';

/** What a session gives to its conversation. */
export interface ConversationParts {
  readonly writer: EventWriter;
  readonly facts: SessionFacts;
  readonly clock: Clock;
  readonly wasm: Ports['wasm'];
  /** The module that resamples. */
  readonly resample: WebAssembly.Module;
  readonly model: LanguageModel;
  readonly listening: Listening | undefined;
  /** What writes down recordings that come whole. */
  readonly transcription: Transcription | undefined;
  /** Where the client does not say. */
  readonly usualTurns: TurnSettings;
  readonly speak: (settings: ResponseSettings) => ResponseParts['speak'];
  /** Before each response. @throws SpeechFailure when the client may not ask for one more */
  readonly again: () => Promise<void>;
  /** A response ended. @param error the client has left, or reads nothing */
  readonly onRest: (error?: unknown) => void;
}
