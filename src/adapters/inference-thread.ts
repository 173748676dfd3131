import { readFile } from 'node:fs/promises';
import { parentPort } from 'node:worker_threads';
import { wasmLoader } from '#wasm';
import type { Ear } from '../engine/listen/ear.ts';
import { isForEar, type ToEar } from '../engine/listen/protocol.ts';
import type { Ort } from '../engine/onnx/family.ts';
import type { ToWorker } from '../engine/onnx/protocol.ts';
import { serveInference } from '../engine/onnx/worker.ts';
import { decodeByFfmpeg } from './ffmpeg.ts';

/** Serves inference from this worker thread, with files of this machine: speaks or listens, as it is asked. */
export function serveFromThread(ort: Ort): void {
  const port = parentPort;
  if (!port) throw new Error('This module runs in a worker thread.');
  const listening = lazily(() => openEar(ort));
  serveInference(
    {
      post: (message, transfer) => port.postMessage(message, transfer ?? []),
      onMessage: (listener) => {
        port.on('message', (message: ToEar | ToWorker) => {
          if (isForEar(message)) void listening().then((ear) => ear.take(message));
          else listener(message);
        });
      },
    },
    (path) => readFile(path),
    ort,
  );
}

/** Loaded when somebody is to be listened to: what decodes files is nothing that a voice needs. */
async function openEar(ort: Ort): Promise<Ear> {
  const { Ear } = await import('../engine/listen/ear.ts');
  return new Ear({
    post: (message) => parentPort?.postMessage(message),
    loadFile: (path) => readFile(path),
    loadWasm: wasmLoader(),
    decodeOutside: decodeByFfmpeg,
    ort,
  });
}

function lazily<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
