import { decodableFormats } from '../../audio/decode/sound.ts';
import type { Clock, InferenceWorker } from '../../ports.ts';
import { type SpeechError, SpeechFailure } from '../../speech/errors.ts';
import { ClientGone } from '../../stream/cancel.ts';
import type { EarFailure, FromEar, Step, ToEar } from './protocol.ts';
import type { Recording } from './recognizer.ts';

/** The longest a worker may be silent with work in hand: loading the model, or half a minute of speech on a busy core. */
export const EAR_SILENCE_MS = 120_000;

/** Its worker is replaced, so that another try makes sense. */
const failed: SpeechError = { code: 'engine_unavailable', message: 'The recogniser failed.' };

interface Call {
  readonly job: number;
  resolve(step: Step): void;
  reject(error: Error): void;
}

interface EarLinkOptions {
  readonly threads: number;
  /** The longest recording in seconds. */
  readonly maxSeconds: number;
  readonly clock: Clock;
  /** Told when the worker died or hung. */
  readonly onEnd: () => void;
}

/** The recogniser's end of the line to its worker. One that dies or hangs fails all its calls and is terminated. */
export class EarLink {
  readonly #worker: InferenceWorker;
  readonly #options: EarLinkOptions;
  readonly #calls = new Map<number, Call>();
  #lastCall = 0;
  #lastJob = 0;
  #silenceOver: () => void = () => {};
  #ended = false;
  /** It has done work: its start was no failure. */
  proven = false;

  constructor(worker: InferenceWorker, options: EarLinkOptions) {
    this.#worker = worker;
    this.#options = options;
    worker.onMessage((message) => this.#take(message as FromEar));
    worker.onFailure((error) => this.#fail(error));
    const { threads, maxSeconds } = options;
    this.#post({ kind: 'hear-setup', threads, maxSeconds });
  }

  /** Starts a job with bytes that nobody may use any more. `opened` resolves when they can be decoded. */
  open(
    files: Readonly<Record<string, string>>,
    recording: Recording,
  ): { readonly job: number; readonly opened: Promise<Step> } {
    const job = ++this.#lastJob;
    const opened = this.#call(job, (call) => ({ kind: 'hear-open', call, job, files, recording }), [
      recording.bytes.buffer,
    ]);
    return { job, opened };
  }

  next(job: number): Promise<Step> {
    return this.#call(job, (call) => ({ kind: 'hear-next', call, job }));
  }

  /** Ends a job: what is being asked for of it rejects with ClientGone, and nothing further is transcribed. */
  close(job: number): void {
    if (this.#ended) return;
    this.#post({ kind: 'hear-close', job });
    for (const [id, call] of this.#calls) {
      if (call.job !== job) continue;
      this.#calls.delete(id);
      call.reject(new ClientGone());
    }
    this.#watch();
  }

  async end(error: SpeechError = { code: 'shutting_down' }, cause?: unknown): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    this.#silenceOver();
    for (const call of this.#calls.values()) call.reject(new SpeechFailure(error, cause));
    this.#calls.clear();
    await this.#worker.terminate();
  }

  #call(job: number, message: (call: number) => ToEar, transfer?: ArrayBuffer[]): Promise<Step> {
    if (this.#ended) return Promise.reject(new SpeechFailure(failed));
    const id = ++this.#lastCall;
    return new Promise((resolve, reject) => {
      this.#calls.set(id, { job, resolve, reject });
      if (this.#calls.size === 1) this.#watch();
      this.#post(message(id), transfer);
    });
  }

  #take(message: FromEar): void {
    if (this.#ended) return;
    if (message.kind !== 'closed') {
      const call = this.#calls.get(message.call);
      this.#calls.delete(message.call);
      if (message.kind === 'failed') call?.reject(failureOf(message.failure));
      else {
        this.proven = true;
        call?.resolve(message.step);
      }
    }
    this.#watch();
  }

  /** Counts the worker's silence anew, while anything is asked of it. */
  #watch(): void {
    this.#silenceOver();
    if (this.#calls.size === 0) return;
    this.#silenceOver = this.#options.clock.alarm(EAR_SILENCE_MS, () => {
      this.#fail(new Error(`The recogniser's worker has been silent for ${EAR_SILENCE_MS} ms.`));
    });
  }

  #fail(error: Error): void {
    if (this.#ended) return;
    void this.end(failed, error).catch(() => {});
    this.#options.onEnd();
  }

  #post(message: ToEar, transfer?: ArrayBuffer[]): void {
    this.#worker.post(message, transfer);
  }
}

/** What the client reads. */
const refusals = {
  undecodable: `The file cannot be decoded. It must be ${decodableFormats}.`,
  'too-long': 'The recording is too long.',
} as const;

function failureOf({ reason, detail }: EarFailure): SpeechFailure {
  const cause = new Error(detail);
  switch (reason) {
    case 'undecodable':
    case 'too-long':
      return new SpeechFailure({ code: 'invalid_value', message: refusals[reason], param: 'file' }, cause);
    case 'unloadable':
      return new SpeechFailure(
        { code: 'engine_unavailable', message: 'The recogniser could not be loaded.' },
        cause,
      );
    case 'broken':
      return new SpeechFailure(failed, cause);
  }
}
