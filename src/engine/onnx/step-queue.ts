import { ClientGone } from '../../stream/cancel.ts';

/** What a job is to the queue of inference steps. */
export interface Queued {
  /** Jobs with the same thread are parts of one text: a later one does not begin before all of the earlier is made. */
  readonly utteranceId: object | undefined;
  /**
   * Its playback deadline, in the clock's milliseconds: when its listener has heard all that was handed out, as things stand.
   * Of a newcomer, of which nothing is heard yet, when it can wait no longer for the others.
   */
  readonly playbackDeadline: () => number;
  /** It, or an earlier part of its text, is being heard. */
  readonly isHeard: () => boolean;
}

/** Steps that take longer or shorter: a newcomer's first one, that of a text that goes on, and all further ones. */
export type StepKind = 'newcomer' | 'part' | 'next';
/** What they take, in milliseconds. */
export type StepTimes = Readonly<Record<StepKind, number>>;

/** A job's place in the queue: at most one step of it waits. */
export interface StepEntry<Slot, Result> {
  /** Resolves with what `run` makes, once it was the step's turn. @param slot the only one that can run it */
  wait(slot: Slot | undefined, run: (slot: Slot) => Promise<Result>): Promise<Result>;
  /** No further step of it will come: a step that waits rejects with ClientGone. */
  leave(): void;
}

interface Step<Slot> {
  /** Never rejects. */
  readonly run: (slot: Slot) => Promise<void>;
  readonly reject: (error: Error) => void;
}

/** A job, and the workers that it can be begun on; all of them where nothing is said. */
interface Placed<Slot> extends Queued {
  readonly fits?: (slot: Slot) => boolean;
}

interface Job<Slot> extends Placed<Slot> {
  /** Where it was begun. */
  seat: Slot | undefined;
  step: Step<Slot> | undefined;
}

/** A worker that is free, as things stand. */
export interface Moment {
  /** It can begin jobs. */
  readonly ready: boolean;
  readonly now: number;
  readonly times: StepTimes;
}

/**
 * Inference steps that wait for a worker: the earliest playback deadline first (EDF, Liu and Layland 1973), of equal ones
 * the older job's. A newcomer goes before all of them while they have time for that: see `hasTimeFor`. A deadline moves
 * on only when its own stream is served, so every step's turn comes.
 */
export class StepQueue<Slot, Result> {
  /** In the order in which they came. */
  readonly #jobs = new Set<Job<Slot>>();

  enter(queued: Placed<Slot>): StepEntry<Slot, Result> {
    const job: Job<Slot> = { ...queued, seat: undefined, step: undefined };
    this.#jobs.add(job);
    return {
      wait: (slot, run) =>
        new Promise<Result>((resolve, reject) => {
          job.seat = slot;
          job.step = { reject, run: (taker) => run(taker).then(resolve, reject) };
        }),
      leave: () => {
        this.#jobs.delete(job);
        job.step?.reject(new ClientGone());
        job.step = undefined;
      },
    };
  }

  /** The step for a worker that is free, taken out of the queue. */
  take(slot: Slot, { ready, now, times }: Moment): Step<Slot>['run'] | undefined {
    const found = this.#choose(slot, { ready, now, times });
    const step = found?.step;
    if (found) found.step = undefined;
    return step?.run;
  }

  #choose(slot: Slot, { ready, now, times }: Moment): Job<Slot> | undefined {
    const able = this.#leading().filter(({ seat, fits }) =>
      seat === undefined ? ready && fits?.(slot) !== false : seat === slot,
    );
    const newcomer = able.find((job) => job.step && !job.isHeard());
    const heard = able
      .filter((job) => job.isHeard())
      .map((job) => ({ job, playbackDeadline: job.playbackDeadline(), ms: times[kindOf(job)] }))
      .sort((a, b) => a.playbackDeadline - b.playbackDeadline);
    const urgent = heard.find(({ job }) => job.step);
    if (!newcomer || !urgent) return newcomer ?? urgent?.job;
    if (newcomer.playbackDeadline() <= urgent.playbackDeadline) return newcomer;
    return hasTimeFor(now + times[kindOf(newcomer)], heard) ? newcomer : urgent.job;
  }

  /** Of each text the oldest job of which not all is made, in the order in which they came. */
  #leading(): Job<Slot>[] {
    const texts = new Set<object>();
    return [...this.#jobs].filter(({ utteranceId }) => {
      const isBehind = utteranceId !== undefined && texts.has(utteranceId);
      if (utteranceId) texts.add(utteranceId);
      return !isBehind;
    });
  }

  /** Streams other than that of `utteranceId` of which not all is made. */
  others(utteranceId: object | undefined): number {
    const streams = new Set([...this.#jobs].map((job) => job.utteranceId ?? job));
    if (utteranceId) streams.delete(utteranceId);
    return streams.size - (utteranceId ? 0 : 1);
  }

  /** No worker can begin a job. */
  refuseUnseated(error: Error): void {
    for (const job of this.#jobs) if (job.seat === undefined) this.#refuse(job, error);
  }

  clear(error: Error): void {
    for (const job of this.#jobs) this.#refuse(job, error);
  }

  #refuse(job: Job<Slot>, error: Error): void {
    job.step?.reject(error);
    job.step = undefined;
  }
}

function kindOf({ seat, isHeard }: Pick<Job<unknown>, 'seat' | 'isHeard'>): StepKind {
  if (seat !== undefined) return 'next';
  return isHeard() ? 'part' : 'newcomer';
}

/** Everyone's next step would still be done in time, one after the other, were they to begin at `at`. */
function hasTimeFor(
  at: number,
  heard: readonly { readonly playbackDeadline: number; readonly ms: number }[],
): boolean {
  let doneAt = at;
  return heard.every(({ playbackDeadline, ms }) => {
    doneAt += ms;
    return doneAt <= playbackDeadline;
  });
}
