import type { Clock } from '../../core/ports.ts';
import type { Lease, LeaseStore, ResourceStatus } from '../../core/store.ts';
import { withTimeout } from '../../stream/deadline.ts';

/** An origin as the lease store knows it. */
interface SlotResource {
  readonly id: string;
  readonly slots: number;
  readonly weight: number;
}

export type SlotStatus = ReadonlyMap<string, ResourceStatus>;

/** The slots of the origins. Never rejects: while the store cannot be reached, each server counts for itself. */
export interface Slots {
  /** Slots that this server holds, of all origins or of one. */
  taken(placeId?: string): number;
  take(resources: readonly SlotResource[]): Promise<Lease | undefined>;
  status(placeIds: readonly string[]): Promise<SlotStatus>;
  /** See `LeaseStore.lastStatus`; undefined where `status` costs nothing, or nobody can be asked. */
  lastStatus(placeIds: readonly string[]): SlotStatus | undefined;
  /** @param traits see `LeaseStore.report` */
  report(placeId: string, outcome: 'worked' | 'failed', traits?: readonly string[]): Promise<void>;
  /** Calls `wake` when a slot may have become free; the returned function ends that. */
  watch(wake: () => void): () => void;
}

export interface SlotsOptions {
  readonly store: LeaseStore;
  /** A server that was killed holds its slots for so long. */
  readonly leaseMs: number;
  readonly breaker: { readonly failures: number; readonly pauseMs: number };
}

/** A store answers in a few milliseconds; one that takes longer is not waited for. */
const STORE_MS = 1000;
/** After that, it is left alone for so long. */
const SICK_MS = 5000;

/** A slot that is held. */
interface Held {
  readonly placeId: string;
  /** When its request was last seen alive, in the clock's milliseconds: on Workers one may be stopped without a word. */
  seenAt: number;
}

/** Speech does not depend on the store that counts it: where the store fails, own counts stand in for it. */
export function createSlots({ store, leaseMs, breaker }: SlotsOptions, clock: Clock): Slots {
  const all = new Set<Held>();
  let sickUntil = Number.NEGATIVE_INFINITY;

  /** What the store answers; undefined when it does not. `late` gets an answer that nobody waited for. */
  const ask = async <T>(
    work: () => Promise<T>,
    late?: (answer: T) => void,
  ): Promise<{ answer: T } | undefined> => {
    if (clock.now() < sickUntil) return undefined;
    const asked = work();
    try {
      return { answer: await answered(asked, store, clock) };
    } catch {
      sickUntil = clock.now() + SICK_MS;
      asked.then(late, () => {});
      return undefined;
    }
  };
  const taken = (placeId?: string): number => {
    let count = 0;
    const now = clock.now();
    for (const held of all) {
      if (now - held.seenAt > 2 * leaseMs) all.delete(held);
      else if (placeId === undefined || held.placeId === placeId) count++;
    }
    return count;
  };
  const counted = (lease: Lease): Lease => {
    const held: Held = { placeId: lease.placeId, seenAt: clock.now() };
    let callOff = (): void => {};
    const show = (): void => {
      held.seenAt = clock.now();
      all.add(held);
      callOff = clock.alarm(leaseMs, show);
    };
    show();
    let over = false;
    return {
      placeId: lease.placeId,
      async release() {
        if (over) return;
        over = true;
        callOff();
        all.delete(held);
        await answered(lease.release(), store, clock).catch(() => {}); // it ends by itself then
      },
    };
  };
  const ownStatus = (placeId: string): ResourceStatus => ({
    taken: taken(placeId),
    shut: false,
  });

  return {
    taken,
    async take(resources) {
      const asked = await ask(
        () => store.take(resources, leaseMs),
        (lease) => void lease?.release(),
      );
      if (asked) return asked.answer && counted(asked.answer);
      const free = resources.find(({ id, slots }) => taken(id) < slots);
      return free && counted({ placeId: free.id, release: async () => {} });
    },
    async status(placeIds) {
      const asked = await ask(() => store.status(placeIds));
      return asked?.answer ?? new Map(placeIds.map((id) => [id, ownStatus(id)]));
    },
    lastStatus: (placeIds) => (clock.now() < sickUntil ? undefined : store.lastStatus?.(placeIds)),
    async report(placeId, outcome, traits) {
      await ask(() => store.report(placeId, outcome, breaker, traits));
    },
    watch: (wake) => store.watch(wake),
  };
}

/** @throws when `work` does not settle within STORE_MS; in this process it does at once, and needs no timer */
function answered<T>(work: Promise<T>, { abilities }: LeaseStore, clock: Clock): Promise<T> {
  if (!abilities.shared) return work;
  return withTimeout(work, STORE_MS, clock, () => {
    throw new Error('The store of leases did not answer in time.');
  });
}
