import { Worker } from 'node:worker_threads';
import type { InferenceWorker } from '../../core/ports.ts';

/**
 * What Node lets the young part of a worker's heap have: a worker makes little garbage in it, as audio and tensors lie elsewhere, and the 48 MB
 * that it would take otherwise stay taken.
 */
const resourceLimits = { maxYoungGenerationSizeMb: 4 };

/** A worker thread that serves inference; the module at `entry` is what it runs. */
export function spawnWorker(entry: URL): InferenceWorker {
  const thread = new Worker(entry, { resourceLimits });
  let asked = false;
  let failed = false;
  const listeners: ((error: Error) => void)[] = [];
  const fail = (error: Error): void => {
    if (asked || failed) return;
    failed = true;
    for (const listener of listeners) listener(error);
  };
  thread.on('error', (error: unknown) => fail(error instanceof Error ? error : new Error(String(error))));
  thread.on('messageerror', fail);
  thread.on('exit', (code) => fail(new Error(`The inference worker ended with exit code ${code}.`)));
  thread.unref(); // a server's socket keeps the process alive, an idle voice does not
  return {
    post: (message, transfer) => thread.postMessage(message, transfer ?? []),
    onMessage: (listener) => {
      thread.on('message', listener);
    },
    onFailure: (listener) => {
      listeners.push(listener);
    },
    async terminate() {
      asked = true;
      await thread.terminate();
    },
  };
}

export function spawnInference(): InferenceWorker {
  return spawnWorker(new URL('./worker.ts', import.meta.url));
}
