import type { Clock, InferenceWorker } from '../../ports.ts';
import { SpeechFailure } from '../../speech/errors.ts';
import { Link } from './link.ts';
import type { Line, PackToLoad } from './protocol.ts';

/** Jobs that one worker shares its time between. More would all be late. */
const JOBS_PER_WORKER = 16;
/** A client that is refused may come back when a sentence or two are over. */
const RETRY_AFTER_SECONDS = 2;
/** A worker that dies again before it has done any work is started anew only after this long, doubled each time. */
const FIRST_BACKOFF_MS = 500;
const LONGEST_BACKOFF_MS = 30_000;

export interface PoolOptions {
  readonly workers: number;
  /** Threads of each worker. */
  readonly threads: number;
  readonly maxJobs?: number | undefined;
}

export interface PoolPorts {
  readonly clock: Clock;
  readonly spawnInference: () => InferenceWorker;
}

interface Slot {
  link: Link | undefined;
  jobs: number;
  /** Deaths since it last did any work. */
  deaths: number;
  /** Not started before this time, in the clock's milliseconds. */
  readyAt: number;
}

/** A worker to run one job on. */
export interface Lease {
  readonly link: Link;
  /** Call once the job is over. Harmless when called twice. */
  release(): void;
}

/** Inference workers, started when first needed and replaced when they die. */
export class Pool {
  readonly #options: PoolOptions;
  readonly #ports: PoolPorts;
  readonly #slots: readonly Slot[];
  readonly #maxJobs: number;
  #closed = false;

  constructor(options: PoolOptions, ports: PoolPorts) {
    this.#options = options;
    this.#ports = ports;
    this.#maxJobs = options.maxJobs ?? options.workers * JOBS_PER_WORKER;
    this.#slots = Array.from({ length: options.workers }, () => ({
      link: undefined,
      jobs: 0,
      deaths: 0,
      readyAt: Number.NEGATIVE_INFINITY,
    }));
  }

  /**
   * The worker with the fewest jobs; of several, one that has `pack` loaded.
   *
   * @throws SpeechFailure `overloaded`, `engine_unavailable` while all workers wait to be restarted, `shutting_down`
   */
  lease(pack: string): Lease {
    if (this.#closed) throw new SpeechFailure({ code: 'shutting_down' });
    const jobs = this.#slots.reduce((sum, slot) => sum + slot.jobs, 0);
    if (jobs >= this.#maxJobs) {
      throw new SpeechFailure({ code: 'overloaded', retryAfterSeconds: RETRY_AFTER_SECONDS });
    }
    const now = this.#ports.clock.now();
    const [slot] = this.#slots
      .filter(({ link, readyAt }) => link !== undefined || readyAt <= now)
      .sort((a, b) => a.jobs - b.jobs || Number(holds(b, pack)) - Number(holds(a, pack)));
    if (!slot) {
      throw new SpeechFailure({ code: 'engine_unavailable', message: 'The embedded voice is restarting.' });
    }
    return this.#use(slot);
  }

  /** Loads `pack` in every worker and lets it speak `line` to nobody. @throws SpeechFailure `engine_unavailable` */
  async warm(pack: PackToLoad, line: Line): Promise<void> {
    await Promise.all(this.#slots.map((slot) => this.#start(slot).load(pack, line)));
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#slots.map((slot) => slot.link?.end()));
  }

  #use(slot: Slot): Lease {
    const link = this.#start(slot);
    let over = false;
    slot.jobs += 1;
    return {
      link,
      release() {
        if (!over) slot.jobs -= 1;
        over = true;
      },
    };
  }

  #start(slot: Slot): Link {
    if (slot.link) return slot.link;
    const { clock, spawnInference } = this.#ports;
    const link = new Link(spawnInference(), {
      threads: this.#options.threads,
      clock,
      onEnd: () => {
        slot.link = undefined;
        slot.deaths = link.proven ? 1 : slot.deaths + 1;
        slot.readyAt = clock.now() + backoff(slot.deaths);
      },
    });
    slot.link = link;
    return link;
  }
}

function holds(slot: Slot, pack: string): boolean {
  return slot.link?.packs.includes(pack) ?? false;
}

/** Nothing after the first death: most are a single accident, and the next client should not pay for it. */
function backoff(deaths: number): number {
  return deaths <= 1 ? 0 : Math.min(FIRST_BACKOFF_MS * 2 ** (deaths - 2), LONGEST_BACKOFF_MS);
}
