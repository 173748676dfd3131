import type { Clock, InferenceWorker } from '../../ports.ts';
import { SpeechFailure } from '../../speech/errors.ts';
import { WorkerPlace } from '../worker/place.ts';
import { Link } from './link.ts';
import type { Line, PackToLoad } from './protocol.ts';

/** Jobs that one worker shares its time between. More would all be late. */
const JOBS_PER_WORKER = 16;
/** A client that is refused may come back when a sentence or two are over. */
const RETRY_AFTER_SECONDS = 2;

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
  readonly place: WorkerPlace<Link>;
  jobs: number;
}

/** A worker to run one job on. */
export interface Lease {
  readonly link: Link;
  /** Call once the job is over. Harmless when called twice. */
  release(): void;
}

/** Inference workers, started when first needed and replaced when they die. */
export class Pool {
  readonly #slots: readonly Slot[];
  readonly #maxJobs: number;
  #closed = false;

  constructor({ workers, threads, maxJobs }: PoolOptions, { clock, spawnInference }: PoolPorts) {
    this.#maxJobs = maxJobs ?? workers * JOBS_PER_WORKER;
    const open = (onEnd: () => void): Link => new Link(spawnInference(), { threads, clock, onEnd });
    this.#slots = Array.from({ length: workers }, () => ({ place: new WorkerPlace(clock, open), jobs: 0 }));
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
    const [slot] = this.#slots
      .filter(({ place }) => place.ready)
      .sort((a, b) => a.jobs - b.jobs || Number(holds(b, pack)) - Number(holds(a, pack)));
    if (!slot) {
      throw new SpeechFailure({ code: 'engine_unavailable', message: 'The embedded voice is restarting.' });
    }
    return use(slot);
  }

  /** Loads `pack` in every worker and lets it speak `line` to nobody. @throws SpeechFailure `engine_unavailable` */
  async warm(pack: PackToLoad, line: Line): Promise<void> {
    await Promise.all(this.#slots.map(({ place }) => place.start().load(pack, line)));
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#slots.map(({ place }) => place.end()));
  }
}

function use(slot: Slot): Lease {
  const link = slot.place.start();
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

function holds({ place }: Slot, pack: string): boolean {
  return place.running?.packs.includes(pack) ?? false;
}
