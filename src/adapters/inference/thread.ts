import { readFile } from 'node:fs/promises';
import { parentPort } from 'node:worker_threads';
import { readDictionary } from '#dictionary';
import { readKernels, wasmLoader } from '#wasm';
import { once } from '../../core/once.ts';
import type { ToWorker } from '../../engine/onnx/protocol.ts';
import { type OpenOrt, serveInference } from '../../engine/onnx/worker.ts';
import { isForRecognizer, type ToRecognizer } from '../../recognizer/protocol.ts';
import type { RecognizerWorker } from '../../recognizer/recognizer-worker.ts';
import { decodeByFfmpeg } from '../local/ffmpeg.ts';

/** Serves inference from this worker thread, with files of this machine: speaks or listens, as it is asked. */
export function serveFromThread(openOrt: OpenOrt): void {
  const port = parentPort;
  if (!port) throw new Error('This module runs in a worker thread.');
  const listening = once(() => openRecognizer(openOrt));
  serveInference(
    {
      post: (message, transfer) => port.postMessage(message, transfer ?? []),
      onMessage: (listener) => {
        port.on('message', (message: ToRecognizer | ToWorker) => {
          if (isForRecognizer(message)) void listening().then((recognizer) => recognizer.take(message));
          else listener(message);
        });
      },
    },
    { load: (path) => readFile(path), loadDictionary: readDictionary, readKernels },
    openOrt,
  );
}

/** Loaded when somebody is to be listened to: what decodes files is nothing that a voice needs. */
async function openRecognizer(openOrt: OpenOrt): Promise<RecognizerWorker> {
  const { RecognizerWorker } = await import('../../recognizer/recognizer-worker.ts');
  return new RecognizerWorker({
    post: (message) => parentPort?.postMessage(message),
    loadFile: (path) => readFile(path),
    loadWasm: wasmLoader(),
    decodeOutside: decodeByFfmpeg,
    openOrt: (threads) => openOrt({ runtime: 'wasm', threads }),
  });
}
