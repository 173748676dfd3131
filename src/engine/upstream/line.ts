import type { Clock } from '../../ports.ts';
import { SpeechFailure } from '../../speech/errors.ts';
import { ClientGone } from '../../stream/cancel.ts';
import { inTime } from '../../stream/in-time.ts';
import { createFairQueue, type Waiter } from '../policy/fair-queue.ts';
import { createLeisure } from '../policy/leisure.ts';
import { makeRoom, overloaded, type Pace, type Room } from '../policy/pace.ts';
import type { PooledOrigin, Wish } from './choice.ts';
import { createPasses } from './passes.ts';
import { isStopped, nextStep, POLL_MS } from './queue.ts';
import type { Slots } from './slots.ts';
import { createTicket, type Ticket, type Turn } from './ticket.ts';

/** The requests that wait for a slot of any origin. */
export interface Line {
  readonly pending: number;
  /**
   * Waits for a slot of one of the origins that `wish` allows.
   * @param again a retry: it has waited before, goes before newcomers and is not refused for want of room
   * @throws SpeechFailure `overloaded`, `origin_unavailable` or `timeout`; ClientGone as soon as `signal` aborts
   */
  enter(wish: Wish, waiter: Waiter, again: boolean, signal: AbortSignal): Promise<Turn>;
  /** Something changed that may let somebody in. */
  wake(): void;
  /** Refuses everyone who waits. */
  close(): void;
}

export interface LineParts {
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
const LONGEST_OFFER_MS = 2000;

/** Drives the queue: `queue.ts` says who is next, this takes the slot for it. */
export function createLine(parts: LineParts): Line {
  const { clock, slots, pace } = parts;
  const queue = createFairQueue<Ticket>(createLeisure(clock, pace, () => room().slots));
  let watcher: { readonly ticket: Ticket; stop: () => void } | undefined;

  const give = (ticket: Ticket, result: Turn | Error): void => {
    if (result instanceof Error) queue.remove(ticket);
    else queue.serve(ticket);
    ticket.settle(result);
    if (watcher?.ticket === ticket) appointWatcher();
  };
  /** Lets it take a slot of one of `chosen`. The id of the origin; undefined when all of them are full. */
  const offer = (ticket: Ticket, chosen: readonly PooledOrigin[]): Promise<string | undefined> =>
    new Promise((tell) => {
      ticket.home.run(async () => {
        const lease = await slots.take(chosen.map(({ id, place }) => ({ ...place, id })));
        const origin = chosen.find(({ id }) => id === lease?.placeId);
        if (lease && origin && ticket.waiting) give(ticket, { origin, lease });
        else await lease?.release(); // it left while its slot was fetched
        tell(lease && origin?.id);
      });
    });
  /** Lets in whoever can be let in now. */
  const pass = async (): Promise<void> => {
    const looks = new Map(await slots.look(parts.origins().map(({ id }) => id)));
    for (const origin of parts.origins()) if (looks.get(origin.id)?.shut) origin.wasShut = true;
    const full = new Set<string>();
    for (;;) {
      const around = { looks, now: clock.now(), random: parts.random };
      const { refused, offer: next } = nextStep([...queue.inOrder()], parts.origins(), full, around);
      for (const { entry, error } of refused) give(entry, error);
      if (!next) break;
      passes.step();
      const taken = await inTime(offer(next.entry, next.origins), LONGEST_OFFER_MS, clock, () => null);
      if (taken === null)
        next.entry.seenAt = Number.NEGATIVE_INFINITY; // until it shows itself again
      else if (taken === undefined) for (const { id } of next.origins) full.add(id);
      else {
        const { taken: before = 0, shut = false } = looks.get(taken) ?? {};
        looks.set(taken, { taken: before + 1, shut });
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
    if (watcher?.ticket.waiting && !isStopped(watcher.ticket, clock.now())) return;
    watcher?.stop();
    watcher = undefined;
    const ticket = [...queue.inOrder()].find((each) => !isStopped(each, clock.now()));
    if (!ticket) return;
    const watching = { ticket, stop: (): void => {} };
    watcher = watching;
    ticket.home.run(async () => {
      if (watcher !== watching) return;
      watching.stop = slots.watch(wake);
      wake(); // what became free before is not told
    });
  };
  /** The slots of origins that are of use now, as far as was seen. */
  const room = (): Room => {
    const useful = parts.origins().filter(({ place, wasShut }) => !place.drain && !wasShut);
    const all = useful.reduce((sum, { place }) => sum + place.slots, 0);
    const { maxPending, deadlineMs } = parts;
    return { slots: Math.max(1, all), running: slots.taken(), maxPending, deadlineMs };
  };
  return {
    get pending() {
      return queue.size;
    },
    async enter(wish, waiter, again, signal) {
      if (signal.aborted) throw new ClientGone(signal.reason);
      if (!again) {
        const { crowdedOut, expectedMs } = makeRoom(queue, waiter, room(), pace);
        if (crowdedOut) give(crowdedOut, overloaded(expectedMs));
      }
      const ticket = createTicket(wish, clock);
      queue.add(ticket, again ? { ...waiter, heard: true } : waiter);
      const look = (): void => {
        if (clock.now() - passes.begunAt >= POLL_MS) wake();
      };
      const turn = ticket.wait(signal, (reason) => give(ticket, reason), look);
      wake();
      return turn;
    },
    wake,
    close() {
      for (const ticket of [...queue.inOrder()]) give(ticket, new SpeechFailure({ code: 'shutting_down' }));
    },
  };
}
