import type { Clock } from '../../core/ports.ts';
import type { Lease } from '../../core/store.ts';
import { ClientGone } from '../../stream/cancel.ts';
import { createIoContext, type IoContext } from '../../stream/io-context.ts';
import type { PooledOrigin, RoutingConstraints } from './choice.ts';
import { POLL_MS, tooLate, type Waiting } from './queue.ts';

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
export function createQueueEntry(constraints: RoutingConstraints, clock: Clock): QueueEntry {
  let tell = (_: SlotGrant | Error): void => {};
  const settled = new Promise<SlotGrant>((resolve, reject) => {
    tell = (result) => (result instanceof Error ? reject(result) : resolve(result));
  });
  const ioContext = createIoContext(clock);
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
      const callOff = clock.alarm(Math.max(0, constraints.deadlineAt - clock.now()), () => settle(tooLate()));
      let stopPolling = (): void => {};
      const poll = (): void => {
        entry.seenAt = clock.now();
        stopPolling = clock.alarm(POLL_MS, poll);
        onPoll();
      };
      poll();
      signal.addEventListener('abort', leave, { once: true });
      try {
        return await settled;
      } finally {
        callOff();
        stopPolling();
        signal.removeEventListener('abort', leave);
        ioContext.leave();
      }
    },
  };
  return entry;
}
