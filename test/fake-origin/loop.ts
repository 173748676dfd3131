/**
 * The event loop of the real server, which one generation at a time blocks: nothing is read or answered meanwhile,
 * `/v1/health` included. The queue has no bound, and a job whose client has left still runs.
 */
export interface ServerLoop {
  /** Resolves when no generation is running. */
  free(): Promise<void>;
  /** Runs `job` after all that came before it. */
  block(job: () => Promise<void>): Promise<void>;
  /** Jobs waiting and running. */
  readonly queued: number;
}

export function createServerLoop(): ServerLoop {
  let last: Promise<void> = Promise.resolve();
  let running: Promise<void> | undefined;
  let queued = 0;
  return {
    async free() {
      while (running) await running.catch(() => {}); // whose failure is its own request’s
    },
    block(job) {
      queued++;
      const turn = async (): Promise<void> => {
        running = job().finally(() => {
          running = undefined;
          queued--;
        });
        await running;
      };
      const mine = last.then(turn);
      last = mine.catch(() => {});
      return mine;
    },
    get queued() {
      return queued;
    },
  };
}
