import { SpeechFailure } from '../../core/errors.ts';
import type { Clock, Ports } from '../../core/ports.ts';
import type { ResourceStatus } from '../../core/store.ts';
import { ClientGone } from '../../stream/cancel.ts';
import { withTimeout } from '../../stream/deadline.ts';
import { createFairQueue, type FairQueue, type Waiter } from '../scheduling/fair-queue.ts';
import { createSlack, type Pace } from '../scheduling/pace.ts';
import { makeRoom, overloaded, type Room } from '../scheduling/room.ts';
import type { PooledOrigin, RoutingConstraints } from './choice.ts';
import { createQueueEntry, isStopped, nextStep, POLL_MS, type QueueEntry, type SlotGrant } from './queue.ts';
import type { SlotStatus, Slots } from './slots.ts';

/** The requests that wait for a slot of any origin. */
export interface OriginQueue {
  readonly pending: number;
  /**
   * Waits for a slot of one of the origins that `constraints` allows.
   * @param again a retry: it has waited before, goes before newcomers and is not refused for want of room
   * @throws SpeechFailure `overloaded`, `origin_unavailable` or `timeout`; ClientGone as soon as `signal` aborts
   */
  enter(
    constraints: RoutingConstraints,
    waiter: Waiter,
    again: boolean,
    signal: AbortSignal,
  ): Promise<SlotGrant>;
  /** Something changed that may let somebody in. */
  wake(): void;
  /** Refuses everyone who waits. */
  close(): void;
}

export interface OriginQueueParts extends Pick<Ports, 'clock' | 'background'> {
  readonly slots: Slots;
  readonly pace: Pace;
  readonly maxPending: number;
  readonly deadlineMs: number;
  readonly origins: () => readonly PooledOrigin[];
  readonly random: () => number;
  /** Sees to it that work ends although its request did. Never rejects what it is given. */
  readonly inBackground: (work: Promise<unknown>) => void;
}

/** A slot is taken within a second, see `slots`, where its request was not stopped. */
const MAX_OFFER_MS = 2000;

export function createOriginQueue(parts: OriginQueueParts): OriginQueue {
  return new QueueDriver(parts);
}

/** Drives the queue: `queue.ts` says who is next, this takes the slot for it. */
class QueueDriver implements OriginQueue {
  readonly #parts: OriginQueueParts;
  readonly #queue: FairQueue<QueueEntry>;
  readonly #passes: Passes;
  /** While somebody waits, one of them watches for all. */
  #watcher: { readonly entry: QueueEntry; stop: () => void } | undefined;
  readonly wake = (): void => {
    if (this.#queue.size > 0) this.#passes.wake();
  };

  constructor(parts: OriginQueueParts) {
    const { clock, pace, inBackground } = parts;
    this.#parts = parts;
    this.#queue = createFairQueue<QueueEntry>(createSlack(clock, pace, () => this.#room().slots));
    this.#passes = createPasses(clock, () => this.#pass(), inBackground);
  }

  get pending(): number {
    return this.#queue.size;
  }

  async enter(
    constraints: RoutingConstraints,
    waiter: Waiter,
    again: boolean,
    signal: AbortSignal,
  ): Promise<SlotGrant> {
    if (signal.aborted) throw new ClientGone(signal.reason);
    const { clock, pace } = this.#parts;
    if (!again) {
      const { crowdedOut, expectedMs } = makeRoom(this.#queue, waiter, this.#room(), pace);
      if (crowdedOut) this.#give(crowdedOut, overloaded(expectedMs));
    }
    const entry = createQueueEntry(constraints, this.#parts);
    this.#queue.add(entry, again ? { ...waiter, heard: true } : waiter);
    const onPoll = (): void => {
      if (clock.now() - this.#passes.begunAt >= POLL_MS) this.wake();
    };
    const grant = entry.wait(signal, (reason) => this.#give(entry, reason), onPoll);
    this.wake();
    return grant;
  }

  close(): void {
    const refusal = new SpeechFailure({ code: 'shutting_down' });
    for (const entry of [...this.#queue.inOrder()]) this.#give(entry, refusal);
  }

  /** The slots of origins that are of use now, as far as was seen. */
  #room(): Room {
    const { origins, slots, maxPending, deadlineMs } = this.#parts;
    const useful = origins().filter(({ place, breakerOpen }) => !place.drain && !breakerOpen);
    const all = useful.reduce((sum, { place }) => sum + place.slots, 0);
    return { slots: Math.max(1, all), running: slots.taken(), maxPending, deadlineMs };
  }

  #give(entry: QueueEntry, result: SlotGrant | Error): void {
    if (result instanceof Error) this.#queue.remove(entry);
    else this.#queue.serve(entry);
    entry.settle(result);
    if (this.#watcher?.entry === entry) this.#appointWatcher();
  }

  /** Lets it take a slot of one of `chosen`. The id of the origin; undefined when all of them are full. */
  #offer(entry: QueueEntry, chosen: readonly PooledOrigin[]): Promise<string | undefined> {
    return new Promise((tell) => {
      entry.ioContext.run(async () => {
        const lease = await this.#parts.slots.take(chosen.map(({ id, place }) => ({ ...place, id })));
        const origin = chosen.find(({ id }) => id === lease?.placeId);
        if (lease && origin && entry.waiting) this.#give(entry, { origin, lease });
        else await lease?.release(); // it left while its slot was fetched
        tell(lease && origin?.id);
      });
    });
  }

  /** Lets in whoever can be let in now. */
  async #pass(): Promise<void> {
    const { clock, slots, origins, random, background } = this.#parts;
    const ids = origins().map(({ id }) => id);
    const last = slots.lastStatus(ids);
    let isCurrent = last === undefined;
    let slotStatus = this.#see(last ?? (await slots.status(ids)));
    const full = new Set<string>();
    for (;;) {
      const snapshot = { slotStatus, now: clock.now(), random };
      const { refused, offer: next } = nextStep([...this.#queue.inOrder()], origins(), full, snapshot);
      if (!isCurrent && (refused.length > 0 || (!next && this.#queue.size > 0))) {
        isCurrent = true; // nobody is kept waiting or sent away for what was so a while ago
        slotStatus = this.#see(await slots.status(ids));
        continue;
      }
      for (const { entry, error } of refused) this.#give(entry, error);
      if (!next) break;
      this.#passes.step();
      const offering = this.#offer(next.entry, next.origins);
      const taken = await (background ? withTimeout(offering, MAX_OFFER_MS, clock, () => null) : offering);
      if (taken === null)
        next.entry.seenAt = Number.NEGATIVE_INFINITY; // until it shows itself again
      else if (taken === undefined) for (const { id } of next.origins) full.add(id);
      else {
        const { taken: before = 0, shut = false } = slotStatus.get(taken) ?? {};
        slotStatus.set(taken, { taken: before + 1, shut });
        if (last) slotStatus = this.#see(slots.lastStatus(ids) ?? slotStatus); // the store told how they are, with the slot
      }
    }
    this.#appointWatcher();
  }

  #see(status: SlotStatus): Map<string, ResourceStatus> {
    for (const origin of this.#parts.origins()) if (status.get(origin.id)?.shut) origin.breakerOpen = true;
    return new Map(status);
  }

  #appointWatcher(): void {
    const { clock, slots } = this.#parts;
    if (this.#watcher?.entry.waiting && !isStopped(this.#watcher.entry, clock.now())) return;
    this.#watcher?.stop();
    this.#watcher = undefined;
    const entry = [...this.#queue.inOrder()].find((each) => !isStopped(each, clock.now()));
    if (!entry) return;
    const watching = { entry, stop: (): void => {} };
    this.#watcher = watching;
    entry.ioContext.run(async () => {
      if (this.#watcher !== watching) return;
      watching.stop = slots.watch(this.wake);
      this.wake(); // what became free before is not told
    });
  }
}

/** Passes over the queue, one at a time. */
interface Passes {
  /** When the last one began, in the clock's milliseconds. */
  readonly begunAt: number;
  /** Makes a pass, now or after the one that runs. */
  wake(): void;
  /** The pass that runs has come to its next step. */
  step(): void;
}

/** A step of a pass that takes longer never ends: on Workers its request may have been stopped without a word. */
const MAX_STEP_MS = 3000;

/** @param pass never rejects but with what `start` takes */
function createPasses(clock: Clock, pass: () => Promise<void>, start: (work: Promise<void>) => void): Passes {
  let begunAt = Number.NEGATIVE_INFINITY;
  let runningUntil = Number.NEGATIVE_INFINITY;
  let again = false;
  const step = (): void => {
    runningUntil = clock.now() + MAX_STEP_MS;
  };
  const run = async (): Promise<void> => {
    while (again) {
      again = false;
      begunAt = clock.now();
      step();
      await pass();
    }
    runningUntil = Number.NEGATIVE_INFINITY;
  };
  return {
    get begunAt() {
      return begunAt;
    },
    wake() {
      again = true;
      if (clock.now() < runningUntil) return;
      step();
      start(run());
    },
    step,
  };
}
