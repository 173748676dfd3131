/** As inference-worker.ts, in Bun's single executable: ONNX Runtime's module is a file inside it. */
import { readFile } from 'node:fs/promises';
import { parentPort } from 'node:worker_threads';
import * as ort from 'onnxruntime-web/wasm';
import ortModule from '../../node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.wasm' with {
  type: 'file',
};
import { serveInference } from '../engine/onnx/worker.ts';

const port = parentPort;
if (!port) throw new Error('This module runs in a worker thread.');

ort.env.wasm.wasmBinary = await readFile(ortModule as unknown as string);
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
