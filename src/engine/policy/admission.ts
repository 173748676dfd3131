import type { Ports } from '../../ports.ts';
import { ClientGone } from '../../stream/cancel.ts';
import type { Engine } from '../engine.ts';
import { createFairQueue, type Waiter } from './fair-queue.ts';
import { withOpen } from './opening.ts';
import { createPace, makeRoom, overloaded } from './pace.ts';

export interface AdmissionOptions {
  /** Requests that may wait for their first audio inside the engine at once. */
  readonly slots: number;
  /** Requests that may wait for a slot. */
  readonly maxPending: number;
  /** A request that by the measured pace would wait longer than this for its first audio is refused at once. */
  readonly deadlineMs?: number | undefined;
}

/** An engine with a queue before it. */
export interface AdmittedEngine extends Engine {
  /** Requests waiting for a slot. */
  readonly pending: number;
  /** Slots taken. */
  readonly running: number;
}

interface Ticket {
  enter(): void;
  refuse(error: Error): void;
}

/**
 * Lets at most `slots` requests work towards their first audio; the others wait, and clients take turns. One too many is
 * refused as `overloaded`. A request whose signal aborts leaves the queue at once; one already inside keeps its slot until
 * the engine has really stopped, so `open` must settle when its signal aborts.
 */
export function admission(
  options: AdmissionOptions,
  ports: Pick<Ports, 'clock'>,
): (inner: Engine) => AdmittedEngine {
  return (inner) => {
    const waiting = createFairQueue<Ticket>();
    const pace = createPace();
    let running = 0;

    const takeSlot = (waiter: Waiter, signal: AbortSignal): Promise<void> => {
      if (running < options.slots) {
        running += 1;
        return Promise.resolve();
      }
      const { crowdedOut, expectedMs } = makeRoom(waiting, waiter, { ...options, running }, pace);
      if (crowdedOut) {
        waiting.remove(crowdedOut);
        crowdedOut.refuse(overloaded(expectedMs));
      }
      return new Promise((resolve, reject) => {
        const settled = (): void => signal.removeEventListener('abort', leave);
        const ticket: Ticket = {
          enter() {
            settled();
            resolve();
          },
          refuse(error) {
            settled();
            reject(error);
          },
        };
        const leave = (): void => {
          waiting.remove(ticket);
          reject(new ClientGone(signal.reason));
        };
        waiting.add(ticket, waiter);
        signal.addEventListener('abort', leave, { once: true });
      });
    };
    /** Hands the slot to whoever is next. */
    const giveSlot = (): void => {
      for (const next of waiting.inOrder()) {
        waiting.serve(next);
        next.enter();
        return;
      }
      running -= 1;
    };

    const queued = withOpen(inner, async (request, signal) => {
      if (signal.aborted) throw new ClientGone(signal.reason);
      const came = ports.clock.now();
      await takeSlot({ client: request.client, heard: request.continues }, signal);
      try {
        const began = ports.clock.now();
        const stream = await inner.open(request, signal);
        pace.measure(ports.clock.now() - began);
        return { ...stream, queueMs: began - came + (stream.queueMs ?? 0) };
      } finally {
        giveSlot();
      }
    });
    return {
      ...queued,
      get pending() {
        return waiting.size;
      },
      get running() {
        return running;
      },
    };
  };
}
