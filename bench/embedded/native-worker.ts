/** The product's inference worker with native onnxruntime-node in the place of WebAssembly, on one thread. */
import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { parentPort } from 'node:worker_threads';
import type { Ort } from '../../src/engine/onnx/families/family.ts';
import { serveInference } from '../../src/engine/onnx/worker.ts';
import { nativeRuntime } from './native.ts';

const port = parentPort;
if (!port) throw new Error('This module runs in a worker thread.');

const { default: native } = (await import(pathToFileURL(nativeRuntime()).href)) as { default: Ort };
const { InferenceSession, Tensor, env } = native;
const oneThread = { executionProviders: ['cpu'], intraOpNumThreads: 1, interOpNumThreads: 1 };
const create = (model: Uint8Array): ReturnType<typeof InferenceSession.create> =>
  InferenceSession.create(model, oneThread);

serveInference(
  {
    post: (message, transfer) => port.postMessage(message, transfer ?? []),
    onMessage: (listener) => {
      port.on('message', listener);
    },
  },
  (path) => readFile(path),
  { InferenceSession: { create } as Ort['InferenceSession'], Tensor, env },
);
