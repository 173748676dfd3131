import type { InferenceWorker } from '../../../src/core/ports.ts';

export type Message = Readonly<Record<string, unknown>>;

/** What passes between the engine and its real workers. */
export interface Recorder {
  readonly spawn: () => InferenceWorker;
  readonly sent: Message[];
  readonly received: Message[];
  spawned(): number;
  /** Resolves with the first message of a kind that a worker sends after its first `after` ones. */
  wait(kind: string, after: number): Promise<Message>;
}

export function record(spawn: () => InferenceWorker): Recorder {
  const sent: Message[] = [];
  const received: Message[] = [];
  const waiting = new Set<() => void>();
  let spawned = 0;
  return {
    sent,
    received,
    spawned: () => spawned,
    spawn() {
      spawned += 1;
      const worker = spawn();
      worker.onMessage((message) => {
        received.push({ ...(message as Message) });
        for (const look of waiting) look();
      });
      return {
        ...worker,
        post(message, transfer) {
          sent.push(message as Message);
          worker.post(message, transfer);
        },
      };
    },
    wait: (kind, after) =>
      new Promise((resolve) => {
        const look = (): void => {
          const found = received.slice(after).find((message) => message.kind === kind);
          if (!found) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
      }),
  };
}

/** How many windows a worker says it decoded before job `job` was closed. */
export function windowsOf(message: Message): number {
  return Number(message.windows);
}
