/** What an inference thread runs on Node, Bun and Deno. */
import { readFile } from 'node:fs/promises';
import { parentPort } from 'node:worker_threads';
import * as ort from 'onnxruntime-web';
import { serveInference } from '../engine/onnx/worker.ts';

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
