import { type SpeechError, SpeechFailure } from '../core/errors.ts';
import type { Clock, InferenceWorker } from '../core/ports.ts';
import { ClientGone } from '../stream/cancel.ts';

/**
 * The longest a worker may be silent with work in hand: one load, one window of speech (250 tokens of Kokoro, about 25 s of
 * slow work on one core), or half a minute of a recording. A worker that is silent for longer is hung.
 */
export const SILENCE_LIMIT_MS = 120_000;

/** A step of the slowest voice on a busy machine. */
const LAST_STEP_MS = 10_000;

/** What a worker may say: an answer bears the number of its call, and one that failed says why. */
interface Word<Reason> {
  /** For the log. */
  readonly note?: string;
  /** It will do nothing more. */
  readonly rests?: true;
  readonly call?: number;
  readonly failure?: { readonly reason: Reason; readonly detail: string };
}

interface Call<Answer> {
  /** Undefined: no job's, so that no job's end ends it. */
  readonly job: number | undefined;
  resolve(answer: Answer): void;
  reject(error: Error): void;
}

export interface WorkerCallsOptions<Message, Answer, Reason extends string> {
  readonly clock: Clock;
  /** What the client reads for each reason. `broken` is also what a worker that dies or hangs leaves behind. */
  readonly errors: Readonly<Record<Reason | 'broken', SpeechError>>;
  /** Told of every answer, also of those that nobody waits for any more. */
  readonly onAnswer?: (answer: Answer) => void;
  /** Sent before the worker is terminated, and answered by `rests`: a thread that is cut in machine code takes the process with it. */
  readonly lastWord?: Message | undefined;
  readonly onNote?: ((note: string) => void) | undefined;
  /** Told when the worker died or hung. */
  readonly onEnd: () => void;
}

/**
 * What is being asked of one worker. A worker that dies or hangs fails all its calls with `errors.broken`, is terminated,
 * and `onEnd` is told.
 */
export class WorkerCalls<Message, Answer, Reason extends string> {
  readonly #worker: InferenceWorker;
  readonly #options: WorkerCallsOptions<Message, Answer, Reason>;
  readonly #calls = new Map<number, Call<Answer>>();
  #lastCall = 0;
  #lastJob = 0;
  #silenceOver: () => void = () => {};
  #ended = false;
  #rested: () => void = () => {};
  #proven = false;

  /** @param setup what the worker must know before it is asked anything */
  constructor(worker: InferenceWorker, setup: Message, options: WorkerCallsOptions<Message, Answer, Reason>) {
    this.#worker = worker;
    this.#options = options;
    worker.onMessage((word) => this.#take(word as Word<Reason>));
    worker.onFailure((error) => this.#fail(error));
    worker.post(setup);
  }

  /** It has done work: its start was no failure. */
  get proven(): boolean {
    return this.#proven;
  }

  newJob(): number {
    return ++this.#lastJob;
  }

  /** @throws SpeechFailure as `errors` says, ClientGone when the job was closed */
  ask(
    job: number | undefined,
    message: (call: number) => Message,
    transfer?: ArrayBuffer[],
  ): Promise<Answer> {
    if (this.#ended) return Promise.reject(new SpeechFailure(this.#options.errors.broken));
    const id = ++this.#lastCall;
    return new Promise((resolve, reject) => {
      this.#calls.set(id, { job, resolve, reject });
      if (this.#calls.size === 1) this.#watch();
      this.#worker.post(message(id), transfer);
    });
  }

  /** Ends a job by `message`: what is being asked for of it rejects with ClientGone. */
  close(job: number, message: Message): void {
    if (this.#ended) return;
    this.#worker.post(message);
    for (const [id, call] of this.#calls) {
      if (call.job !== job) continue;
      this.#calls.delete(id);
      call.reject(new ClientGone());
    }
    this.#watch();
  }

  /** Terminates the worker; what is being asked for rejects with `error`. */
  async end(error: SpeechError = { code: 'shutting_down' }, cause?: unknown): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    this.#silenceOver();
    for (const call of this.#calls.values()) call.reject(new SpeechFailure(error, cause));
    this.#calls.clear();
    if (await this.#letRest()) await this.#worker.terminate();
  }

  /** False for a worker that goes on: it is left behind. */
  #letRest(): Promise<boolean> {
    const { lastWord, clock } = this.#options;
    if (lastWord === undefined) return Promise.resolve(true);
    return new Promise((resolve) => {
      const callOff = clock.alarm(LAST_STEP_MS, () => resolve(false));
      this.#rested = () => {
        callOff();
        resolve(true);
      };
      this.#worker.post(lastWord);
    });
  }

  #take(word: Word<Reason>): void {
    if (word.rests) this.#rested();
    if (this.#ended) return;
    if (word.note !== undefined) this.#options.onNote?.(word.note);
    if (word.call !== undefined) {
      const call = this.#calls.get(word.call);
      this.#calls.delete(word.call);
      if (word.failure) {
        const { reason, detail } = word.failure;
        call?.reject(new SpeechFailure(this.#options.errors[reason], new Error(detail)));
      } else {
        this.#proven = true;
        this.#options.onAnswer?.(word as Answer);
        call?.resolve(word as Answer);
      }
    }
    this.#watch();
  }

  /** Counts the worker's silence anew, while anything is asked of it. */
  #watch(): void {
    this.#silenceOver();
    if (this.#calls.size === 0) return;
    this.#silenceOver = this.#options.clock.alarm(SILENCE_LIMIT_MS, () => {
      this.#fail(new Error(`The worker has been silent for ${SILENCE_LIMIT_MS} ms.`));
    });
  }

  #fail(error: Error): void {
    if (this.#ended) return;
    void this.end(this.#options.errors.broken, error).catch(() => {});
    this.#options.onEnd();
  }
}

/** A worker that dies again before it has done any work is started anew only after this long, doubled each time. */
const FIRST_BACKOFF_MS = 500;
const MAX_BACKOFF_MS = 30_000;

/** The line to a worker. */
interface WorkerLink {
  /** It has done work. */
  readonly proven: boolean;
  end(): Promise<void>;
}

/** Where one worker is kept: started when first needed, replaced when it dies. */
export class WorkerSupervisor<Link extends WorkerLink> {
  readonly #clock: Clock;
  readonly #open: (onEnd: () => void) => Link;
  #link: Link | undefined;
  /** Deaths since it last did any work. */
  #deaths = 0;
  /** Not started before this time, in the clock's milliseconds. */
  #readyAt = Number.NEGATIVE_INFINITY;

  /** @param open starts a worker that calls `onEnd` when it dies */
  constructor(clock: Clock, open: (onEnd: () => void) => Link) {
    this.#clock = clock;
    this.#open = open;
  }

  /** The worker that runs. */
  get running(): Link | undefined {
    return this.#link;
  }

  /** A worker runs, or may be started now. */
  get ready(): boolean {
    return this.#link !== undefined || this.#readyAt <= this.#clock.now();
  }

  /** The worker that runs, or a new one. */
  start(): Link {
    this.#link ??= this.#open(() => this.#bury());
    return this.#link;
  }

  async end(): Promise<void> {
    await this.#link?.end();
  }

  /** Ends the worker that runs; another one is started when it is needed. */
  async rest(): Promise<void> {
    const link = this.#link;
    this.#link = undefined;
    await link?.end();
  }

  #bury(): void {
    this.#deaths = this.#link?.proven ? 1 : this.#deaths + 1;
    this.#link = undefined;
    this.#readyAt = this.#clock.now() + backoff(this.#deaths);
  }
}

/** Nothing after the first death: most are a single accident, and the next client should not pay for it. */
function backoff(deaths: number): number {
  return deaths <= 1 ? 0 : Math.min(FIRST_BACKOFF_MS * 2 ** (deaths - 2), MAX_BACKOFF_MS);
}
