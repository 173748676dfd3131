import { type SpeechError, SpeechFailure } from '../speech/errors.ts';

export interface OwnFace {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array<ArrayBuffer>;
}

/** A failure whose route has an error body of its own, other than its dialect's. */
export class FacedFailure extends SpeechFailure {
  readonly face: OwnFace;
  constructor(error: SpeechError, face: OwnFace, cause?: unknown) {
    super(error, cause);
    this.name = 'FacedFailure';
    this.face = face;
  }
}
