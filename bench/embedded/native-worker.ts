/** The product's inference worker with native onnxruntime-node in the place of WebAssembly. */
import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { parentPort } from 'node:worker_threads';
import { ofNative } from '../../src/adapters/inference/runtimes.ts';
import { readDictionary } from '../../src/adapters/local/dictionary.ts';
import { serveInference } from '../../src/engine/onnx/worker.ts';
import { nativeRuntime } from '../../test/native-runtime.ts';

const port = parentPort;
if (!port) throw new Error('This module runs in a worker thread.');

type Native = Parameters<typeof ofNative>[0];
const { default: native } = (await import(pathToFileURL(nativeRuntime()).href)) as { default: Native };

serveInference(
  {
    post: (message, transfer) => port.postMessage(message, transfer ?? []),
    onMessage: (listener) => {
      port.on('message', listener);
    },
  },
  { load: (path) => readFile(path), loadDictionary: readDictionary },
  async ({ threads }) => ofNative(native, threads),
);
