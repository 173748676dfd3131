import { SpeechFailure } from '../../core/errors.ts';
import type { Clock, InferenceWorker } from '../../core/ports.ts';
import { ClientGone } from '../../stream/cancel.ts';
import { WorkerSupervisor } from '../worker-calls.ts';
import { Link } from './link.ts';
import type { InferenceSetup, PackToLoad, SpeakingFamily, SynthesisJob, Window } from './protocol.ts';
import { type Queued, StepQueue } from './step-queue.ts';
import { StepTimer } from './step-timer.ts';
import { bytesFor, type MemoryBound, type MemoryHolder, whoMustEnd } from './worker-memory.ts';

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
  /** Told why ONNX Runtime computes what the kernels were meant to. */
  readonly onNote?: ((note: string) => void) | undefined;
  readonly maxJobs?: number | undefined;
  /** A worker that nobody needs for so long ends, as only that gives its memory back. Never by default. */
  readonly idleMs?: number | undefined;
  /** What all workers may hold, as `worker-memory.ts` estimates it. */
  readonly maxBytes?: number | undefined;
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

/** Who makes speech for the engine. */
export interface SpeechPool {
  /** @throws SpeechFailure `overloaded`, `shutting_down`, `engine_unavailable` for a voice that is larger than the memory */
  open(pack: PackToLoad, synthesis: SynthesisJob, options: JobOptions): PoolJob;
  /** Streams other than that of `utteranceId` that have work for it. */
  others(utteranceId: object | undefined): number;
  /** Loads `pack` and lets it speak `synthesis` to nobody. @throws SpeechFailure `engine_unavailable` */
  warm(pack: PackToLoad, synthesis: SynthesisJob): Promise<void>;
  /** Ids of the packs that are held. */
  readonly loaded: ReadonlySet<string>;
  close(): Promise<void>;
}

interface Slot extends MemoryHolder {
  readonly supervisor: WorkerSupervisor<Link>;
  readonly packs: Map<string, SpeakingFamily>;
  usedAt: number;
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
export class Pool implements SpeechPool {
  readonly #slots: readonly Slot[];
  readonly #times = new StepTimer();
  readonly #steps = new StepQueue<Slot, Window>();
  readonly #clock: Clock;
  readonly #maxJobs: number;
  readonly #idleMs: number;
  readonly #bound: () => MemoryBound;
  #stopWatch: (() => void) | undefined;
  #jobs = 0;
  #closed = false;

  constructor(
    { workers, threads, setup, onNote, maxJobs = MAX_JOBS, idleMs, maxBytes }: PoolOptions,
    { clock, spawnInference }: PoolPorts,
  ) {
    this.#maxJobs = maxJobs;
    this.#idleMs = idleMs || Number.POSITIVE_INFINITY;
    this.#clock = clock;
    let needsOrt = false;
    const noted = (note: string): void => {
      needsOrt = true;
      onNote?.(note);
    };
    this.#bound = () => ({
      maxBytes: maxBytes || Number.POSITIVE_INFINITY,
      kernels: setup().kernels === true && !needsOrt,
    });
    const open = (onEnd: () => void): Link =>
      new Link(spawnInference(), { ...setup(), threads, clock, onNote: noted, onEnd });
    this.#slots = Array.from({ length: workers }, () => {
      const packs = new Map<string, SpeakingFamily>();
      const supervisor = new WorkerSupervisor(clock, (onEnd) =>
        open(() => {
          packs.clear();
          onEnd();
        }),
      );
      return { supervisor, packs, usedAt: clock.now(), jobs: 0, busy: false, lags: false };
    });
  }

  /** @throws SpeechFailure `overloaded`, `shutting_down`, `engine_unavailable` for a voice that is larger than the memory */
  open(pack: PackToLoad, synthesis: SynthesisJob, options: JobOptions): PoolJob {
    if (this.#closed) throw new SpeechFailure({ code: 'shutting_down' });
    if (this.#jobs >= this.#maxJobs) {
      throw new SpeechFailure({ code: 'overloaded', retryAfterSeconds: RETRY_AFTER_SECONDS });
    }
    const fits = (slot: Slot): boolean => this.#whoMustEnd(slot, pack) !== undefined;
    if (!this.#slots.some(fits)) throw this.#noMemory(pack);
    this.#jobs += 1;
    let started: StartedJob | undefined;
    let runs = false;
    let over = false;
    const entry = this.#steps.enter({ ...options, fits });
    const take = async (slot: Slot): Promise<Window> => {
      if (started) return started.link.next(started.job);
      const ended = this.#makeRoom(slot, pack);
      if (ended.length > 0) await Promise.all(ended);
      if (over) throw new ClientGone();
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
      this.#used(started.slot);
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
    await Promise.all(this.#slots.map((slot) => this.#load(slot, pack, synthesis)));
  }

  /** Does nothing where there is no room. */
  async #load(slot: Slot, pack: PackToLoad, synthesis: SynthesisJob): Promise<void> {
    if (this.#whoMustEnd(slot, pack)?.length !== 0) return;
    slot.jobs += 1;
    try {
      const link = slot.supervisor.start();
      slot.packs.set(pack.id, pack.family);
      await link.load(pack, synthesis);
    } finally {
      slot.jobs -= 1;
      this.#used(slot);
    }
  }

  /** Ids of the packs that some worker holds. */
  get loaded(): ReadonlySet<string> {
    return new Set(this.#slots.flatMap(({ supervisor }) => supervisor.running?.packs ?? []));
  }

  #whoMustEnd(slot: Slot, pack: PackToLoad): readonly Slot[] | undefined {
    const bound = this.#bound();
    return bound.maxBytes === Number.POSITIVE_INFINITY ? [] : whoMustEnd(slot, pack, this.#slots, bound);
  }

  #noMemory(pack: PackToLoad): SpeechFailure {
    const bound = this.#bound();
    if (bytesFor(pack, bound) > bound.maxBytes) {
      const message = 'The voice needs more memory than it may have here.';
      return new SpeechFailure({ code: 'engine_unavailable', message });
    }
    return new SpeechFailure({ code: 'overloaded', retryAfterSeconds: RETRY_AFTER_SECONDS });
  }

  /** Workers that are ending. @throws SpeechFailure as `open` does: others were faster */
  #makeRoom(slot: Slot, pack: PackToLoad): Promise<void>[] {
    const ending = this.#whoMustEnd(slot, pack);
    if (!ending) throw this.#noMemory(pack);
    const ended = ending.map((one) => this.#unload(one));
    slot.packs.set(pack.id, pack.family); // from now on it counts
    return ended;
  }

  /** Only the end of a worker gives its memory back. */
  async #unload(slot: Slot): Promise<void> {
    slot.packs.clear();
    await slot.supervisor.rest();
  }

  #used(slot: Slot): void {
    slot.usedAt = this.#clock.now();
    if (this.#closed) return;
    if (this.#bound().maxBytes !== Number.POSITIVE_INFINITY) this.#clock.alarm(0, () => this.#dispatch());
    if (this.#idleMs !== Number.POSITIVE_INFINITY) this.#watchFor(this.#idleMs);
  }

  #watchFor(ms: number): void {
    this.#stopWatch ??= this.#clock.alarm(ms, () => {
      this.#stopWatch = undefined;
      this.#endIdle();
    });
  }

  /** Ends every worker that nobody has needed for long enough, and looks again when the next one may be due. */
  #endIdle(): void {
    const now = this.#clock.now();
    const running = this.#slots.filter(({ supervisor }) => supervisor.running);
    const dueIn = ({ jobs, busy, usedAt }: Slot): number =>
      jobs > 0 || busy ? this.#idleMs : usedAt + this.#idleMs - now;
    for (const slot of running.filter((one) => dueIn(one) <= 0)) void this.#unload(slot);
    const next = Math.min(...running.map(dueIn).filter((ms) => ms > 0));
    if (next !== Number.POSITIVE_INFINITY) this.#watchFor(next);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#stopWatch?.();
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
