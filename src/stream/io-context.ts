import type { Clock, Ports } from '../core/ports.ts';

/**
 * Where the work of one request runs, whoever asks for it. On Workers a timer, a call and a stream belong to the request that
 * began them: another one cannot use them, and they end when it ends, with all that awaits them. But a promise that another
 * request resolves goes on where it is awaited (compatibility flag `handle_cross_request_promise_resolution`), so a loop that
 * waits for tasks runs them all in that request's context.
 */
export interface IoContext {
  /** Runs `task` here, beside what runs already. Nothing comes of it when the request was stopped. */
  run(task: () => Promise<void>): void;
  /** Calls `lost` once if the runtime stopped the request; the returned function ends that. For whoever waits for that request. */
  watch(lost: () => void): () => void;
  /** Nothing comes any more; what runs goes on. */
  leave(): void;
}

/** The runtime stopped the request that others relied on. */
export class IoContextLost extends Error {
  constructor() {
    super('The request that did this work was stopped.');
    this.name = 'HomeLost';
  }
}

/** How often the request is asked whether it is still there, and how long it has to answer. */
const CHECK_MS = 5000;

/** Where work may run anywhere. */
export const anywhere: IoContext = { run: (task) => void task(), watch: () => () => {}, leave() {} };

/** The request that calls this, where work ends with its request. */
export function ioContextOf({ clock, background }: Pick<Ports, 'clock' | 'background'>): IoContext {
  return background ? createIoContext(clock) : anywhere;
}

/** The request that calls this. */
export function createIoContext(clock: Clock): IoContext {
  const tasks: (() => Promise<void>)[] = [];
  let knock = (): void => {};
  let left = false;
  const live = async (): Promise<void> => {
    for (;;) {
      for (let task = tasks.shift(); task; task = tasks.shift()) void task();
      if (left) return;
      await new Promise<void>((resolve) => {
        knock = resolve;
      });
    }
  };
  const run = (task: () => Promise<void>): void => {
    tasks.push(task);
    knock();
  };
  void live();
  return {
    run,
    watch(lost) {
      let callOff = (): void => {};
      const check = (): void => {
        let there = false;
        run(async () => {
          there = true;
        });
        callOff = clock.alarm(CHECK_MS, () => (there ? check() : lost()));
      };
      check();
      return () => callOff();
    },
    leave() {
      left = true;
      knock();
    },
  };
}
