/** The real inference worker, but a text can make it die. */
import { readFile } from 'node:fs/promises';
import { parentPort } from 'node:worker_threads';
import * as ort from 'onnxruntime-web';
import { ofWasm } from '../../../src/adapters/inference/runtimes.ts';
import { readDictionary } from '../../../src/adapters/local/dictionary.ts';
import type { ToWorker } from '../../../src/engine/onnx/protocol.ts';
import { serveInference } from '../../../src/engine/onnx/worker.ts';

const port = parentPort;
if (!port) throw new Error('This module runs in a worker thread.');

serveInference(
  {
    post: (message, transfer) => port.postMessage(message, transfer ?? []),
    onMessage: (listener) => {
      port.on('message', (message: ToWorker) => {
        const text = message.kind === 'open' ? message.synthesis.text : '';
        if (text === 'Exit.') process.exit(7);
        if (text === 'Throw.') throw new Error('as asked');
        listener(message);
      });
    },
  },
  { load: (path) => readFile(path), loadDictionary: readDictionary },
  async ({ threads }) => ofWasm(ort, threads),
);
