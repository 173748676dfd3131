import type { Clock, InferenceWorker } from '../../ports.ts';
import type { SpeechError } from '../../speech/errors.ts';
import { SpeechFailure } from '../../speech/errors.ts';
import { ClientGone } from '../../stream/cancel.ts';
import type { FromWorker, Line, PackToLoad, ToWorker, Window, WorkerFailure } from './protocol.ts';

/**
 * The longest a worker may be silent with work in hand: one load, or one window, which for Kokoro is 250 tokens (about
 * 25 s of slow work on one core). A worker that is silent for longer is hung.
 */
export const SILENCE_LIMIT_MS = 120_000;

interface Call {
  readonly job: number | undefined;
  resolve(window: Window | undefined): void;
  reject(error: Error): void;
}

/**
 * The engine's end of the line to one worker. A worker that dies or hangs fails all its calls with `engine_failed`, is
 * terminated, and `onEnd` is told.
 */
export class Link {
  readonly #worker: InferenceWorker;
  readonly #clock: Clock;
  readonly #onEnd: () => void;
  readonly #calls = new Map<number, Call>();
  #lastCall = 0;
  #lastJob = 0;
  #silenceOver: () => void = () => {};
  #ended = false;
  /** Ids of the packs the worker has loaded, as of its last word. */
  packs: readonly string[] = [];
  /** It has done work: its start was no failure. */
  proven = false;

  constructor(worker: InferenceWorker, options: { threads: number; clock: Clock; onEnd: () => void }) {
    this.#worker = worker;
    this.#clock = options.clock;
    this.#onEnd = options.onEnd;
    worker.onMessage((message) => this.#take(message as FromWorker));
    worker.onFailure((error) => this.#fail(error));
    this.#post({ kind: 'setup', threads: options.threads });
  }

  /** Loads a pack and speaks `line` to nobody. @throws SpeechFailure `engine_unavailable` */
  async load(pack: PackToLoad, line: Line): Promise<void> {
    await this.#call(undefined, (call) => ({ kind: 'load', call, pack, line }));
  }

  /** Starts a job. Resolves with its first window. */
  open(pack: PackToLoad, line: Line): { job: number; first: Promise<Window> } {
    const job = ++this.#lastJob;
    const first = this.#call(job, (call) => ({ kind: 'open', call, job, pack, line }));
    return { job, first: first.then(expectWindow) };
  }

  /** @throws SpeechFailure `engine_failed` when the worker died, ClientGone when the job was closed */
  async next(job: number): Promise<Window> {
    return expectWindow(await this.#call(job, (call) => ({ kind: 'next', call, job })));
  }

  /** Ends a job: a window of it that is being asked for rejects with ClientGone, and no further one is decoded. */
  close(job: number): void {
    if (this.#ended) return;
    this.#post({ kind: 'close', job });
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

  #call(job: number | undefined, message: (call: number) => ToWorker): Promise<Window | undefined> {
    if (this.#ended) return Promise.reject(new SpeechFailure({ code: 'engine_failed' }));
    const id = ++this.#lastCall;
    return new Promise((resolve, reject) => {
      this.#calls.set(id, { job, resolve, reject });
      if (this.#calls.size === 1) this.#watch();
      this.#post(message(id));
    });
  }

  #take(message: FromWorker): void {
    if (this.#ended) return;
    if (message.kind !== 'closed') {
      const call = this.#calls.get(message.call);
      this.#calls.delete(message.call);
      if (message.kind === 'failed') call?.reject(failureOf(message.failure));
      else {
        this.packs = message.packs;
        this.proven = true;
        call?.resolve(message.kind === 'window' ? message.window : undefined);
      }
    }
    this.#watch();
  }

  /** Counts the worker's silence anew, while anything is asked of it. */
  #watch(): void {
    this.#silenceOver();
    if (this.#calls.size === 0) return;
    this.#silenceOver = this.#clock.alarm(SILENCE_LIMIT_MS, () => {
      this.#fail(new Error(`The inference worker has been silent for ${SILENCE_LIMIT_MS} ms.`));
    });
  }

  #fail(error: Error): void {
    if (this.#ended) return;
    void this.end({ code: 'engine_failed' }, error).catch(() => {});
    this.#onEnd();
  }

  #post(message: ToWorker): void {
    this.#worker.post(message);
  }
}

function expectWindow(window: Window | undefined): Window {
  if (!window) throw new SpeechFailure({ code: 'engine_failed' }, new Error('The worker sent no window.'));
  return window;
}

function failureOf({ reason, detail }: WorkerFailure): SpeechFailure {
  const cause = new Error(detail);
  switch (reason) {
    case 'unspeakable':
      return new SpeechFailure(
        { code: 'invalid_value', message: 'There is nothing to say in this text.', param: 'text' },
        cause,
      );
    case 'unloadable':
      return new SpeechFailure(
        { code: 'engine_unavailable', message: 'The voice could not be loaded.' },
        cause,
      );
    case 'broken':
      return new SpeechFailure({ code: 'engine_failed' }, cause);
  }
}
