import { decodableFormats } from '../audio/decode/sound.ts';
import type { SpeechError } from '../core/errors.ts';
import type { Clock, InferenceWorker } from '../core/ports.ts';
import { WorkerCalls } from '../engine/worker/calls.ts';
import type { FromRecognizer, RecognizerFailure, Step, ToRecognizer } from './protocol.ts';
import type { Recording } from './recognizer.ts';

type Answer = Extract<FromRecognizer, { kind: 'heard' }>;
type Reason = RecognizerFailure['reason'];

/** What the client reads. */
const errors: Readonly<Record<Reason, SpeechError>> = {
  undecodable: {
    code: 'invalid_value',
    message: `The file cannot be decoded. It must be ${decodableFormats}.`,
    param: 'file',
  },
  'too-long': { code: 'invalid_value', message: 'The recording is too long.', param: 'file' },
  unloadable: { code: 'engine_unavailable', message: 'The recogniser could not be loaded.' },
  // The worker is replaced, so that another try makes sense.
  broken: { code: 'engine_unavailable', message: 'The recogniser failed.' },
};

interface RecognizerClientOptions {
  readonly threads: number;
  /** The longest recording in seconds. */
  readonly maxSeconds: number;
  /** Whether it may run programs that decode. */
  readonly outside: boolean;
  readonly clock: Clock;
  /** Told when the worker died or hung. */
  readonly onEnd: () => void;
}

/** The recogniser's end of the line to its worker. */
export class RecognizerClient {
  readonly #calls: WorkerCalls<ToRecognizer, Answer, Reason>;

  constructor(worker: InferenceWorker, { threads, maxSeconds, outside, ...rest }: RecognizerClientOptions) {
    this.#calls = new WorkerCalls(
      worker,
      { kind: 'hear-setup', threads, maxSeconds, outside },
      { ...rest, errors },
    );
  }

  get proven(): boolean {
    return this.#calls.proven;
  }

  /** Starts a job with bytes that nobody may use any more. `opened` resolves when they can be decoded. */
  open(
    files: Readonly<Record<string, string>>,
    recording: Recording,
  ): { readonly job: number; readonly opened: Promise<Step> } {
    const job = this.#calls.newJob();
    const opened = this.#ask(job, (call) => ({ kind: 'hear-open', call, job, files, recording }), [
      recording.bytes.buffer,
    ]);
    return { job, opened };
  }

  next(job: number): Promise<Step> {
    return this.#ask(job, (call) => ({ kind: 'hear-next', call, job }));
  }

  /** Ends a job: what is being asked for of it rejects with ClientGone, and nothing further is transcribed. */
  close(job: number): void {
    this.#calls.close(job, { kind: 'hear-close', job });
  }

  end(): Promise<void> {
    return this.#calls.end();
  }

  async #ask(job: number, message: (call: number) => ToRecognizer, transfer?: ArrayBuffer[]): Promise<Step> {
    return (await this.#calls.ask(job, message, transfer)).step;
  }
}
