import type { Clock } from '../../ports.ts';
import type { Lease } from '../../state/store.ts';
import { ClientGone } from '../../stream/cancel.ts';
import { createHome, type Home } from '../../stream/home.ts';
import type { PooledOrigin, Wish } from './choice.ts';
import { POLL_MS, tooLate, type Waiting } from './queue.ts';

/** A request whose turn has come: it holds a slot of `origin`. */
export interface Turn {
  readonly origin: PooledOrigin;
  readonly lease: Lease;
}

/** One who waits. It takes its slot and watches for slots by itself, as on Workers these belong to whoever began them. */
export interface Ticket extends Waiting {
  readonly home: Home;
  seenAt: number;
  settle(result: Turn | Error): void;
  /**
   * Waits to be settled, and shows meanwhile that it is there.
   * @param settle with the reason, when `signal` aborts or the deadline comes
   * @param look is called now and again
   */
  wait(signal: AbortSignal, settle: (reason: Error) => void, look: () => void): Promise<Turn>;
}

/** Its home is the request that calls this. */
export function createTicket(wish: Wish, clock: Clock): Ticket {
  let tell = (_: Turn | Error): void => {};
  const settled = new Promise<Turn>((resolve, reject) => {
    tell = (result) => (result instanceof Error ? reject(result) : resolve(result));
  });
  const home = createHome(clock);
  let waiting = true;
  const ticket: Ticket = {
    wish,
    home,
    get waiting() {
      return waiting;
    },
    seenAt: clock.now(),
    settle(result) {
      waiting = false;
      tell(result);
    },
    async wait(signal, settle, look) {
      const leave = (): void => settle(new ClientGone(signal.reason));
      const callOff = clock.alarm(Math.max(0, wish.deadlineAt - clock.now()), () => settle(tooLate()));
      let stopPolling = (): void => {};
      const poll = (): void => {
        ticket.seenAt = clock.now();
        stopPolling = clock.alarm(POLL_MS, poll);
        look();
      };
      poll();
      signal.addEventListener('abort', leave, { once: true });
      try {
        return await settled;
      } finally {
        callOff();
        stopPolling();
        signal.removeEventListener('abort', leave);
        home.leave();
      }
    },
  };
  return ticket;
}
