import { SpeechFailure } from '../../core/errors.ts';
import type { Ports } from '../../core/ports.ts';
import type { Lease } from '../../core/store.ts';
import { ClientGone } from '../../stream/cancel.ts';
import { type IoContext, ioContextOf } from '../../stream/io-context.ts';
import {
  chooseOrigins,
  openOrigins,
  type PooledOrigin,
  type PoolSnapshot,
  type RoutingConstraints,
  takesAny,
} from './choice.ts';

/** One who waits, as plain data. */
export interface Waiting {
  readonly constraints: RoutingConstraints;
  readonly waiting: boolean;
  /** When its request was last seen alive, in the clock's milliseconds. */
  readonly seenAt: number;
}

/** A look around for what nobody tells: a rest or a breaker's pause that ends. */
export const POLL_MS = 500;
/** A request that shows nothing for so long was stopped by its runtime, which tells nobody. */
const STOPPED_MS = 3 * POLL_MS;

/** What to do now for those who wait. */
export interface NextStep<Entry> {
  /** Those whom waiting cannot help. */
  readonly refused: readonly { readonly entry: Entry; readonly error: Error }[];
  /** Who is next, and where it may go, the best one first; undefined: nobody can go anywhere. */
  readonly offer?: { readonly entry: Entry; readonly origins: readonly PooledOrigin[] };
}

/**
 * Who of those that wait goes next, and where.
 * @param entries in the order of their turns
 * @param full ids of the origins without a free slot
 */
export function nextStep<Entry extends Waiting>(
  entries: readonly Entry[],
  origins: readonly PooledOrigin[],
  full: ReadonlySet<string>,
  snapshot: PoolSnapshot,
): NextStep<Entry> {
  const open = openOrigins(origins, snapshot);
  const allFull = open.length > 0 && open.every(({ id }) => full.has(id));
  const refused: { entry: Entry; error: Error }[] = [];
  for (const entry of entries) {
    if (!entry.waiting) continue;
    if (snapshot.now >= entry.constraints.deadlineAt) {
      refused.push({ entry, error: tooLate() });
      continue;
    }
    if (isStopped(entry, snapshot.now) || (allFull && takesAny(entry.constraints))) continue;
    try {
      const chosen = chooseOrigins(origins, entry.constraints, snapshot).filter(({ id }) => !full.has(id));
      if (chosen.length > 0) return { refused, offer: { entry, origins: chosen } };
    } catch (error) {
      refused.push({ entry, error: error as Error });
    }
  }
  return { refused };
}

export function isStopped({ seenAt }: Waiting, now: number): boolean {
  return now - seenAt > STOPPED_MS;
}

function tooLate(): SpeechFailure {
  return new SpeechFailure({ code: 'timeout', stage: 'queue' });
}

/** A request whose turn has come: it holds a slot of `origin`. */
export interface SlotGrant {
  readonly origin: PooledOrigin;
  readonly lease: Lease;
}

/** One who waits. It takes its slot and watches for slots by itself, as on Workers these belong to whoever began them. */
export interface QueueEntry extends Waiting {
  readonly ioContext: IoContext;
  seenAt: number;
  settle(result: SlotGrant | Error): void;
  /**
   * Waits to be settled, and shows meanwhile that it is there.
   * @param settle with the reason, when `signal` aborts or the deadline comes
   * @param onPoll is called now and again
   */
  wait(signal: AbortSignal, settle: (reason: Error) => void, onPoll: () => void): Promise<SlotGrant>;
}

/** Its I/O context is the request that calls this. */
export function createQueueEntry(
  constraints: RoutingConstraints,
  ports: Pick<Ports, 'clock' | 'background'>,
): QueueEntry {
  const { clock } = ports;
  let tell = (_: SlotGrant | Error): void => {};
  const settled = new Promise<SlotGrant>((resolve, reject) => {
    tell = (result) => (result instanceof Error ? reject(result) : resolve(result));
  });
  const ioContext = ioContextOf(ports);
  let waiting = true;
  const entry: QueueEntry = {
    constraints,
    ioContext,
    get waiting() {
      return waiting;
    },
    seenAt: clock.now(),
    settle(result) {
      waiting = false;
      tell(result);
    },
    async wait(signal, settle, onPoll) {
      const leave = (): void => settle(new ClientGone(signal.reason));
      const giveUp = (): void => settle(tooLate());
      let stopPolling = (): void => {};
      const poll = (): void => {
        entry.seenAt = clock.now();
        const left = constraints.deadlineAt - entry.seenAt;
        stopPolling = clock.alarm(Math.max(0, Math.min(POLL_MS, left)), left > POLL_MS ? poll : giveUp);
        onPoll();
      };
      poll();
      signal.addEventListener('abort', leave, { once: true });
      try {
        return await settled;
      } finally {
        stopPolling();
        signal.removeEventListener('abort', leave);
        ioContext.leave();
      }
    },
  };
  return entry;
}
