import type { Clock, InstalledPack, Ports } from '../../ports.ts';
import { SpeechFailure } from '../../speech/errors.ts';
import { ClientGone, orGone } from '../../stream/cancel.ts';
import { EarLink } from './ear-link.ts';
import type { Step } from './protocol.ts';
import {
  HEARING_RATE,
  type HeardPiece,
  type Hearing,
  type Recognizer,
  type Recording,
} from './recognizer.ts';

export interface EmbeddedOptions {
  /** Threads of the worker. */
  readonly threads: number;
  /** Longest recording in seconds. */
  readonly maxSeconds?: number | undefined;
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
/** A worker that dies again before it has done any work is started anew only after this long. */
const BACKOFF_MS = 10_000;

/**
 * Moonshine tiny, English, in a worker of its own: a voice's worker would be held up by each piece for more than a second.
 * The worker starts with the first recording and is replaced when it dies.
 */
export function createEmbeddedRecognizer(
  options: EmbeddedOptions,
  ports: Pick<Required<Ports>, 'packs' | 'spawnInference' | 'clock'>,
): Recognizer {
  const worker = new EarWorker(options, ports);
  let found: InstalledPack | undefined;
  let jobs = 0;

  /** Looks into the data folder until it is there. */
  const findPack = async (): Promise<InstalledPack | undefined> => {
    found ??= (await ports.packs()).find(({ id }) => id === PACK);
    return found;
  };

  return {
    kind: 'embedded',
    id: 'moonshine',
    language: 'en',
    model: PACK,
    available: async () => (await findPack()) !== undefined,
    async hear(recording: Recording, signal: AbortSignal): Promise<Hearing> {
      const pack = await findPack();
      if (!pack)
        throw new SpeechFailure({ code: 'not_supported', message: 'The recogniser is not installed.' });
      if (signal.aborted) throw new ClientGone(signal.reason);
      if (jobs >= (options.maxJobs ?? MAX_JOBS)) {
        throw new SpeechFailure({ code: 'overloaded', retryAfterSeconds: RETRY_AFTER_SECONDS });
      }
      const link = worker.link();
      jobs += 1;
      const { job, opened } = link.open(pack.files, recording);
      let closed = false;
      const close = (): void => {
        if (closed) return;
        closed = true;
        jobs -= 1;
        signal.removeEventListener('abort', close);
        link.close(job);
      };
      signal.addEventListener('abort', close, { once: true });
      const inTime = (step: Promise<Step>): Promise<Step> =>
        withDeadline(orGone(step, signal), options.stepTimeoutMs, ports.clock);
      try {
        await inTime(opened);
      } catch (error) {
        close();
        throw error;
      }
      let heard = 0;
      return {
        seconds: () => heard / HEARING_RATE,
        close,
        pieces: readPieces(async () => {
          if (closed) throw new ClientGone(signal.reason);
          const step = await inTime(link.next(job));
          heard = step.heard;
          return step;
        }, close),
      };
    },
    close: () => worker.close(),
  };
}

async function* readPieces(
  next: () => Promise<Step>,
  close: () => void,
): AsyncGenerator<HeardPiece, void, void> {
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

function withDeadline<T>(work: Promise<T>, ms: number, clock: Clock): Promise<T> {
  return new Promise((resolve, reject) => {
    const callOff = clock.alarm(ms, () => reject(new SpeechFailure({ code: 'timeout', stage: 'total' })));
    work.then(resolve, reject).finally(callOff);
  });
}

/** The one worker, started when it is first needed. */
class EarWorker {
  readonly #options: EmbeddedOptions;
  readonly #ports: Pick<Required<Ports>, 'clock' | 'spawnInference'>;
  #link: EarLink | undefined;
  #closed = false;
  /** Not started before this time, in the clock's milliseconds. */
  #readyAt = Number.NEGATIVE_INFINITY;

  constructor(options: EmbeddedOptions, ports: Pick<Required<Ports>, 'clock' | 'spawnInference'>) {
    this.#options = options;
    this.#ports = ports;
  }

  link(): EarLink {
    const { clock, spawnInference } = this.#ports;
    if (this.#closed) throw new SpeechFailure({ code: 'shutting_down' });
    if (clock.now() < this.#readyAt) {
      throw new SpeechFailure({ code: 'engine_unavailable', message: 'The recogniser is restarting.' });
    }
    this.#link ??= new EarLink(spawnInference(), {
      threads: this.#options.threads,
      maxSeconds: this.#options.maxSeconds ?? MAX_SECONDS,
      clock,
      onEnd: () => {
        if (!this.#link?.proven) this.#readyAt = clock.now() + BACKOFF_MS;
        this.#link = undefined;
      },
    });
    return this.#link;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#link?.end();
  }
}
