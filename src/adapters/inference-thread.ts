import { readFile } from 'node:fs/promises';
import { parentPort } from 'node:worker_threads';
import type { Ort } from '../engine/onnx/family.ts';
import { serveInference } from '../engine/onnx/worker.ts';

/** Serves inference from this worker thread, with files of this machine. */
export function serveFromThread(ort: Ort): void {
  const port = parentPort;
  if (!port) throw new Error('This module runs in a worker thread.');
  serveInference(
    {
      post: (message, transfer) => port.postMessage(message, transfer ?? []),
      onMessage: (listener) => {
        port.on('message', listener);
      },
    },
    (path) => readFile(path),
    ort,
  );
}
