import type { Priority, Recording, TranscribedPiece } from './recognizer.ts';

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
      readonly priority: Priority;
    }
  | { readonly kind: 'hear-next'; readonly call: number; readonly job: number }
  | { readonly kind: 'hear-close'; readonly job: number }
  /** How likely each frame is speech. The worker keeps nothing of a stream: its state comes and goes with the frames. */
  | {
      readonly kind: 'hear-speech';
      readonly call: number;
      readonly files: Readonly<Record<string, string>>;
      /** Whole frames, -1..1. */
      readonly samples: Float32Array;
      /** Undefined at the beginning of a stream. */
      readonly state: Float32Array | undefined;
    };

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
  | {
      readonly kind: 'detected';
      readonly call: number;
      /** Of each frame, 0 to 1. */
      readonly probabilities: readonly number[];
      /** To be sent with the next frames. */
      readonly state: Float32Array;
    }
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
