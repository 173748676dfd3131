/** What turns speech into text. */

/** Samples a second that recognisers hear. */
export const RECOGNIZER_RATE = 16_000;
/** Samples that are judged at once by what tells speech from other sound: 32 ms. */
export const DETECTOR_FRAME = 512;

/** What is to be heard. */
export type Recording =
  /** A file in one of the formats of src/audio/decode. Taken over: nobody may use its bytes any more. */
  | { readonly kind: 'file'; readonly bytes: Uint8Array<ArrayBuffer> }
  /** Mono s16le at `RECOGNIZER_RATE`. Taken over as well. */
  | { readonly kind: 'pcm'; readonly bytes: Uint8Array<ArrayBuffer> };

/** A stretch of speech between two silences. */
export interface TranscribedPiece {
  readonly text: string;
  /** In samples at `RECOGNIZER_RATE`, exact as they were counted. */
  readonly start: number;
  readonly end: number;
  /** What the model wrote, and the mean of what it thought of it (natural logarithm of a probability). */
  readonly tokens: readonly number[];
  readonly meanLogProbability: number;
}

export interface TranscriptionJob {
  /** One piece after the other, each made when it is asked for. Leaving it early, or `signal`, stops the work. */
  readonly pieces: AsyncIterable<TranscribedPiece>;
  /** How much was heard so far, in seconds: all of it at the end of `pieces`. */
  seconds(): number;
  /** Stops the work. Harmless when it is over. */
  close(): void;
}

/** Somebody waits for what is `live`: it comes before the next piece of any file, and its caller bounds how many there are. */
export type Priority = 'file' | 'live';

/** A recogniser on this machine. */
export interface Recognizer {
  readonly kind: 'embedded';
  readonly id: string;
  /** BCP 47 primary language of all it understands. */
  readonly language: string;
  /** Its own name among the models. */
  readonly model: string;
  available(): Promise<boolean>;
  /**
   * Resolves when the recording can be decoded. It and `pieces` reject with `invalid_value` (not decodable, or too
   * long), `not_supported` (not installed), `overloaded`, `timeout`, `engine_unavailable`, or ClientGone.
   */
  transcribe(recording: Recording, signal: AbortSignal, priority?: Priority): Promise<TranscriptionJob>;
  /** Whether it works for anybody. */
  isBusy(): boolean;
  close(): Promise<void>;
}

export type TranscriptionTask = 'transcriptions' | 'translations';

/** A multipart form that is sent while it is made. */
export interface OutgoingForm {
  readonly contentType: string;
  readonly body: ReadableStream<Uint8Array>;
}

/** A server that speaks OpenAI's API. */
export interface UpstreamRecognizer {
  readonly kind: 'upstream';
  readonly id: string;
  /** What `model` of the form must be. */
  readonly model: string;
  available(): Promise<boolean>;
  /**
   * Its answer, once it is a good one. Rejects with `invalid_value` for what it refuses of the form, and with what the
   * form's own body failed with.
   */
  send(
    task: TranscriptionTask,
    form: OutgoingForm,
    signal: AbortSignal,
  ): Promise<{ readonly isEvents: boolean; readonly body: ReadableStream<Uint8Array> }>;
  close(): Promise<void>;
}

export type Transcription = Recognizer | UpstreamRecognizer;
