import type { Recording, TranscribedPiece } from './recognizer.ts';

/**
 * Between the recogniser and its worker, whose messages all begin with `hear`: a worker thread speaks or listens, and its
 * first message tells which. The recogniser pulls: it asks for one piece at a time, so that a client that leaves stops the
 * decoding and the listening at the next piece.
 */
export type ToRecognizer =
  | {
      readonly kind: 'hear-setup';
      readonly threads: number;
      readonly maxSeconds: number;
      /** Programs may be run for codecs that have no decoder here. */
      readonly outside: boolean;
    }
  | {
      readonly kind: 'hear-open';
      readonly call: number;
      readonly job: number;
      /** A role to what the worker can open. */
      readonly files: Readonly<Record<string, string>>;
      /** Its bytes are transferred. */
      readonly recording: Recording;
    }
  | { readonly kind: 'hear-next'; readonly call: number; readonly job: number }
  | { readonly kind: 'hear-close'; readonly job: number };

/** What `hear-next` brings. */
export interface Step {
  /** Absent when nothing was said in what was decoded. */
  readonly piece?: TranscribedPiece | undefined;
  /** Decoded so far, in samples at `RECOGNIZER_RATE`. */
  readonly heard: number;
  /** The job is over: nothing needs closing. */
  readonly last: boolean;
}

export type FromRecognizer =
  | { readonly kind: 'heard'; readonly call: number; readonly step: Step }
  | { readonly kind: 'failed'; readonly call: number; readonly failure: RecognizerFailure }
  /** So many pieces were transcribed before the job was closed. */
  | { readonly kind: 'closed'; readonly job: number; readonly pieces: number };

export interface RecognizerFailure {
  /** `undecodable`, `too-long`: the recording. `unloadable`: the model's files. `broken`: anything else. */
  readonly reason: 'undecodable' | 'too-long' | 'unloadable' | 'broken';
  /** For the log; never for a client. */
  readonly detail: string;
}

export function isForRecognizer(message: { readonly kind: string }): message is ToRecognizer {
  return message.kind.startsWith('hear-');
}
