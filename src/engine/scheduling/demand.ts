import type { Engine } from '../../core/engine.ts';
import type { SpeechRequest } from '../../core/request.ts';

/** What a request takes of the engine, as it was measured lately. */
export interface Demand {
  /** Share of the engine's time that its stream takes while it is heard; 1 is all of it. */
  share(): number;
  /** Milliseconds that all of the engine would need for this part of its text and what follows. */
  workMs(part: SpeechRequest): number;
}

/** An engine with a queue before it. */
export interface AdmittedEngine extends Engine {
  /** Requests that wait. */
  readonly pending: number;
  /** Streams that were let in and are not over. */
  readonly running: number;
}
