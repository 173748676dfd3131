import { decodableFormats } from '../audio/decode/sound.ts';
import { type SpeechError, SpeechFailure } from '../core/errors.ts';
import type { Clock, InferenceWorker, InstalledPack, Ports } from '../core/ports.ts';
import { WorkerCalls, WorkerSupervisor } from '../engine/worker-calls.ts';
import { abortable, ClientGone } from '../stream/cancel.ts';
import { withTimeout } from '../stream/deadline.ts';
import type { FromRecognizer, RecognizerFailure, Step, ToRecognizer } from './protocol.ts';
import {
  type Priority,
  RECOGNIZER_RATE,
  type Recognizer,
  type Recording,
  type TranscribedPiece,
  type TranscriptionJob,
} from './recognizer.ts';

export interface EmbeddedOptions {
  /** Threads of the worker. */
  readonly threads: number;
  /** Longest recording in seconds. */
  readonly maxSeconds?: number | undefined;
  /** Whether programs may be run that decode what nothing here decodes. */
  readonly outside?: boolean | undefined;
  /** Recordings at once. */
  readonly maxJobs?: number | undefined;
  /** Longest wait for one piece, the turns of the others among it, in milliseconds. */
  readonly stepTimeoutMs: number;
}

const PACK = 'moonshine-tiny';
const MAX_SECONDS = 3600;
/** They take turns on one worker, and each holds its file there. */
const MAX_JOBS = 8;
const RETRY_AFTER_SECONDS = 5;

/**
 * Moonshine tiny, English, in a worker of its own: a voice's worker would be held up by each piece for more than a second.
 * The worker starts with the first recording and is replaced when it dies.
 */
export function createEmbeddedRecognizer(
  options: EmbeddedOptions,
  ports: Pick<Required<Ports>, 'packs' | 'spawnInference' | 'clock'>,
): Recognizer {
  const { clock, spawnInference } = ports;
  const { threads, maxSeconds = MAX_SECONDS, outside = false } = options;
  const supervisor = new WorkerSupervisor(
    clock,
    (onEnd) => new RecognizerClient(spawnInference(), { threads, maxSeconds, outside, clock, onEnd }),
  );
  let isClosed = false;
  let found: InstalledPack | undefined;
  let jobs = 0;

  /** Looks into the data folder until it is there. */
  const findPack = async (): Promise<InstalledPack | undefined> => {
    found ??= (await ports.packs()).find(({ id }) => id === PACK);
    return found;
  };

  const reach = (): RecognizerClient => {
    if (isClosed) throw new SpeechFailure({ code: 'shutting_down' });
    if (!supervisor.ready) {
      throw new SpeechFailure({ code: 'engine_unavailable', message: 'The recogniser is restarting.' });
    }
    return supervisor.start();
  };

  return {
    kind: 'embedded',
    id: 'moonshine',
    language: 'en',
    model: PACK,
    available: async () => (await findPack()) !== undefined,
    isBusy: () => jobs > 0,
    async transcribe(recording, signal, priority = 'file'): Promise<TranscriptionJob> {
      const pack = await findPack();
      if (!pack)
        throw new SpeechFailure({ code: 'not_supported', message: 'The recogniser is not installed.' });
      if (signal.aborted) throw new ClientGone(signal.reason);
      if (priority === 'file' && jobs >= (options.maxJobs ?? MAX_JOBS)) {
        throw new SpeechFailure({ code: 'overloaded', retryAfterSeconds: RETRY_AFTER_SECONDS });
      }
      const link = reach();
      jobs += 1;
      const { job, opened } = link.open(pack.files, recording, priority);
      let closed = false;
      const close = (): void => {
        if (closed) return;
        closed = true;
        jobs -= 1;
        signal.removeEventListener('abort', close);
        link.close(job);
      };
      signal.addEventListener('abort', close, { once: true });
      const awaited = (step: Promise<Step>): Promise<Step> =>
        withTimeout(abortable(step, signal), options.stepTimeoutMs, clock, () => {
          throw new SpeechFailure({ code: 'timeout', stage: 'total' });
        });
      try {
        await awaited(opened);
      } catch (error) {
        close();
        throw error;
      }
      let heard = 0;
      return {
        seconds: () => heard / RECOGNIZER_RATE,
        close,
        pieces: readPieces(async () => {
          if (closed) throw new ClientGone(signal.reason);
          const step = await awaited(link.next(job));
          heard = step.heard;
          return step;
        }, close),
      };
    },
    async close() {
      isClosed = true;
      await supervisor.end();
    },
  };
}

async function* readPieces(
  next: () => Promise<Step>,
  close: () => void,
): AsyncGenerator<TranscribedPiece, void, void> {
  try {
    for (let last = false; !last; ) {
      const step = await next();
      last = step.last;
      if (step.piece && step.piece.text !== '') yield step.piece;
    }
  } finally {
    close();
  }
}

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
class RecognizerClient {
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
    priority: Priority,
  ): { readonly job: number; readonly opened: Promise<Step> } {
    const job = this.#calls.newJob();
    const opened = this.#ask(job, (call) => ({ kind: 'hear-open', call, job, files, recording, priority }), [
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
