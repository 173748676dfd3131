import { SpeechFailure } from '../../core/errors.ts';
import type { Clock, InferenceWorker } from '../../core/ports.ts';
import { ClientGone } from '../../stream/cancel.ts';
import { WorkerSupervisor } from '../worker-calls.ts';
import { Link } from './link.ts';
import type { InferenceSetup, PackToLoad, SynthesisJob, Window } from './protocol.ts';
import { type Queued, type StepKind, StepQueue, type StepTimes } from './step-queue.ts';

/** Jobs in all, of which each may hold a latent (200 KB for a sentence) in a worker. */
const MAX_JOBS = 1000;
/** A client that is refused may come back when a sentence or two are over. */
const RETRY_AFTER_SECONDS = 2;

export interface PoolOptions {
  readonly workers: number;
  /** Threads of each worker. */
  readonly threads: number;
  /** Asked when a worker is started. */
  readonly setup: () => Pick<InferenceSetup, 'runtime' | 'kernels'>;
  /** Told what a worker has to say for the log. */
  readonly onNote?: ((note: string) => void) | undefined;
  readonly maxJobs?: number | undefined;
}

export interface PoolPorts {
  readonly clock: Clock;
  readonly spawnInference: () => InferenceWorker;
}

export interface JobOptions extends Queued {
  /** Told what a step took, unless something else was done in that time: the voice was loaded, say. */
  readonly onStep?: ((ms: number, window: Window) => void) | undefined;
}

/** One job, of which one window at a time may be asked for. */
export interface PoolJob {
  /** @throws SpeechFailure `engine_failed`, `engine_unavailable`, `invalid_value`; ClientGone when it was closed */
  next(): Promise<Window>;
  /** Ends it: a step that waits is taken out of the queue, one that runs is heard by nobody. Harmless when it is over. */
  close(): void;
}

interface Slot {
  readonly supervisor: WorkerSupervisor<Link>;
  /** Jobs that were begun here and go on here. */
  jobs: number;
  busy: boolean;
  /** Still at a step that nobody waits for any more. */
  lags: boolean;
}

/** Where a job was begun. */
interface StartedJob {
  readonly slot: Slot;
  readonly link: Link;
  readonly job: number;
}

/**
 * Inference workers, started when first needed and replaced when they die. Each runs one inference step at a time; which
 * one, `StepQueue` says when it is free.
 */
export class Pool {
  readonly #slots: readonly Slot[];
  readonly #times = new StepTimer();
  readonly #steps = new StepQueue<Slot, Window>();
  readonly #clock: Clock;
  readonly #maxJobs: number;
  #jobs = 0;
  #closed = false;

  constructor(
    { workers, threads, setup, onNote, maxJobs = MAX_JOBS }: PoolOptions,
    { clock, spawnInference }: PoolPorts,
  ) {
    this.#maxJobs = maxJobs;
    this.#clock = clock;
    const open = (onEnd: () => void): Link =>
      new Link(spawnInference(), { ...setup(), threads, clock, onNote, onEnd });
    this.#slots = Array.from({ length: workers }, () => ({
      supervisor: new WorkerSupervisor(clock, open),
      jobs: 0,
      busy: false,
      lags: false,
    }));
  }

  /** @throws SpeechFailure `overloaded`, `shutting_down` */
  open(pack: PackToLoad, synthesis: SynthesisJob, options: JobOptions): PoolJob {
    if (this.#closed) throw new SpeechFailure({ code: 'shutting_down' });
    if (this.#jobs >= this.#maxJobs) {
      throw new SpeechFailure({ code: 'overloaded', retryAfterSeconds: RETRY_AFTER_SECONDS });
    }
    this.#jobs += 1;
    let started: StartedJob | undefined;
    let runs = false;
    let over = false;
    const entry = this.#steps.enter(options);
    const take = async (slot: Slot): Promise<Window> => {
      if (started) return started.link.next(started.job);
      const link = slot.supervisor.start();
      const { job, first } = link.open(pack, synthesis);
      started = { slot, link, job };
      slot.jobs += 1;
      return first;
    };
    const step = async (slot: Slot): Promise<Window> => {
      const began = this.#clock.now();
      const kind = started ? 'next' : options.isHeard() ? 'part' : 'newcomer';
      const isMeasured = holds(slot, pack.id) && !slot.lags;
      slot.lags = false;
      runs = true;
      const window = await take(slot).finally(() => {
        runs = false;
      });
      const ms = this.#clock.now() - began;
      if (isMeasured) {
        this.#times.measure(kind, ms);
        options.onStep?.(ms, window);
      }
      if (window.last) entry.leave();
      return window;
    };
    const next = (): Promise<Window> => {
      if (over) return Promise.reject(new ClientGone());
      const made = entry.wait(started?.slot, step);
      this.#dispatch();
      return made;
    };
    const close = (): void => {
      if (over) return;
      over = true;
      this.#jobs -= 1;
      entry.leave();
      if (!started) return;
      started.slot.jobs -= 1;
      if (runs) started.slot.lags = true;
      started.link.close(started.job);
    };
    return { next, close };
  }

  /** Streams other than that of `utteranceId` that have work for the workers. */
  others(utteranceId: object | undefined): number {
    return this.#steps.others(utteranceId);
  }

  /** Loads `pack` in every worker and lets it speak `synthesis` to nobody. @throws SpeechFailure `engine_unavailable` */
  async warm(pack: PackToLoad, synthesis: SynthesisJob): Promise<void> {
    await Promise.all(this.#slots.map(({ supervisor }) => supervisor.start().load(pack, synthesis)));
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#steps.clear(new SpeechFailure({ code: 'shutting_down' }));
    await Promise.all(this.#slots.map(({ supervisor }) => supervisor.end()));
  }

  /** Gives every worker that is free the step whose turn it is. */
  #dispatch(): void {
    const free = this.#slots.filter(({ busy }) => !busy).sort((a, b) => a.jobs - b.jobs);
    for (const slot of free) {
      const moment = { ready: slot.supervisor.ready, now: this.#clock.now(), times: this.#times.means };
      const run = this.#steps.take(slot, moment);
      if (!run) continue;
      slot.busy = true;
      void run(slot).finally(() => {
        slot.busy = false;
        // Not at once: who got the window has to ask for the next one first.
        this.#clock.alarm(0, () => this.#dispatch());
      });
    }
    if (this.#slots.every(({ supervisor }) => !supervisor.ready))
      this.#steps.refuseUnseated(
        new SpeechFailure({ code: 'engine_unavailable', message: 'The embedded voice is restarting.' }),
      );
  }
}

function holds({ supervisor }: Slot, pack: string): boolean {
  return supervisor.running?.packs.includes(pack) ?? false;
}

/** Weight of the newest step in the running means. */
const NEWEST_WEIGHT = 0.1;
/** Steps differ, and a deadline is to be met by the longer ones too. */
const CAUTION = 1.3;

/** What the steps of all voices took lately. */
class StepTimer {
  readonly #means = new Map<StepKind, number>();

  measure(kind: StepKind, ms: number): void {
    const mean = this.#means.get(kind) ?? ms;
    this.#means.set(kind, mean + (ms - mean) * NEWEST_WEIGHT);
  }

  /** 0 for what was not measured yet. */
  get means(): StepTimes {
    const of = (kind: StepKind): number => CAUTION * (this.#means.get(kind) ?? 0);
    return { newcomer: of('newcomer'), part: of('part'), next: of('next') };
  }
}
