import type { Clock } from '../../core/ports.ts';

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
