import { SpeechFailure } from '../../core/errors.ts';
import type { Clock } from '../../core/ports.ts';
import type { ResourceStatus } from '../../core/store.ts';
import { ClientGone } from '../../stream/cancel.ts';
import { withTimeout } from '../../stream/deadline.ts';
import { createFairQueue, type Waiter } from '../scheduling/fair-queue.ts';
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

export interface OriginQueueParts {
  readonly clock: Clock;
  readonly slots: Slots;
  readonly pace: Pace;
  readonly maxPending: number;
  readonly deadlineMs: number;
  readonly origins: () => readonly PooledOrigin[];
  readonly random: () => number;
  /** Sees to it that work ends although its request did. Never rejects what it is given. */
  readonly inBackground: (work: Promise<unknown>) => void;
}

/** A slot is taken within a second, see `slots`. */
const MAX_OFFER_MS = 2000;

/** Drives the queue: `queue.ts` says who is next, this takes the slot for it. */
export function createOriginQueue(parts: OriginQueueParts): OriginQueue {
  const { clock, slots, pace } = parts;
  const queue = createFairQueue<QueueEntry>(createSlack(clock, pace, () => room().slots));
  let watcher: { readonly entry: QueueEntry; stop: () => void } | undefined;

  const give = (entry: QueueEntry, result: SlotGrant | Error): void => {
    if (result instanceof Error) queue.remove(entry);
    else queue.serve(entry);
    entry.settle(result);
    if (watcher?.entry === entry) appointWatcher();
  };
  /** Lets it take a slot of one of `chosen`. The id of the origin; undefined when all of them are full. */
  const offer = (entry: QueueEntry, chosen: readonly PooledOrigin[]): Promise<string | undefined> =>
    new Promise((tell) => {
      entry.ioContext.run(async () => {
        const lease = await slots.take(chosen.map(({ id, place }) => ({ ...place, id })));
        const origin = chosen.find(({ id }) => id === lease?.placeId);
        if (lease && origin && entry.waiting) give(entry, { origin, lease });
        else await lease?.release(); // it left while its slot was fetched
        tell(lease && origin?.id);
      });
    });
  /** Lets in whoever can be let in now. */
  const pass = async (): Promise<void> => {
    const ids = parts.origins().map(({ id }) => id);
    const last = slots.lastStatus(ids);
    let isCurrent = last === undefined;
    let slotStatus = new Map<string, ResourceStatus>();
    const see = (status: SlotStatus): void => {
      slotStatus = new Map(status);
      for (const origin of parts.origins()) if (status.get(origin.id)?.shut) origin.breakerOpen = true;
    };
    see(last ?? (await slots.status(ids)));
    const full = new Set<string>();
    for (;;) {
      const snapshot = { slotStatus, now: clock.now(), random: parts.random };
      const { refused, offer: next } = nextStep([...queue.inOrder()], parts.origins(), full, snapshot);
      if (!isCurrent && (refused.length > 0 || (!next && queue.size > 0))) {
        isCurrent = true; // nobody is kept waiting or sent away for what was so a while ago
        see(await slots.status(ids));
        continue;
      }
      for (const { entry, error } of refused) give(entry, error);
      if (!next) break;
      passes.step();
      const taken = await withTimeout(offer(next.entry, next.origins), MAX_OFFER_MS, clock, () => null);
      if (taken === null)
        next.entry.seenAt = Number.NEGATIVE_INFINITY; // until it shows itself again
      else if (taken === undefined) for (const { id } of next.origins) full.add(id);
      else {
        const { taken: before = 0, shut = false } = slotStatus.get(taken) ?? {};
        slotStatus.set(taken, { taken: before + 1, shut });
        if (last) see(slots.lastStatus(ids) ?? slotStatus); // the store told how they are, with the slot
      }
    }
    appointWatcher();
  };
  const passes = createPasses(clock, pass, parts.inBackground);
  const wake = (): void => {
    if (queue.size > 0) passes.wake();
  };
  /** While somebody waits, one of them watches for all. */
  const appointWatcher = (): void => {
    if (watcher?.entry.waiting && !isStopped(watcher.entry, clock.now())) return;
    watcher?.stop();
    watcher = undefined;
    const entry = [...queue.inOrder()].find((each) => !isStopped(each, clock.now()));
    if (!entry) return;
    const watching = { entry, stop: (): void => {} };
    watcher = watching;
    entry.ioContext.run(async () => {
      if (watcher !== watching) return;
      watching.stop = slots.watch(wake);
      wake(); // what became free before is not told
    });
  };
  /** The slots of origins that are of use now, as far as was seen. */
  const room = (): Room => {
    const useful = parts.origins().filter(({ place, breakerOpen }) => !place.drain && !breakerOpen);
    const all = useful.reduce((sum, { place }) => sum + place.slots, 0);
    const { maxPending, deadlineMs } = parts;
    return { slots: Math.max(1, all), running: slots.taken(), maxPending, deadlineMs };
  };
  return {
    get pending() {
      return queue.size;
    },
    async enter(constraints, waiter, again, signal) {
      if (signal.aborted) throw new ClientGone(signal.reason);
      if (!again) {
        const { crowdedOut, expectedMs } = makeRoom(queue, waiter, room(), pace);
        if (crowdedOut) give(crowdedOut, overloaded(expectedMs));
      }
      const entry = createQueueEntry(constraints, clock);
      queue.add(entry, again ? { ...waiter, heard: true } : waiter);
      const onPoll = (): void => {
        if (clock.now() - passes.begunAt >= POLL_MS) wake();
      };
      const grant = entry.wait(signal, (reason) => give(entry, reason), onPoll);
      wake();
      return grant;
    },
    wake,
    close() {
      for (const entry of [...queue.inOrder()]) give(entry, new SpeechFailure({ code: 'shutting_down' }));
    },
  };
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
