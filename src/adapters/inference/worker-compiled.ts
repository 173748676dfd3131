/** As worker.ts, in Bun's single executable: ONNX Runtime's module is a file inside it. */
import { readFile } from 'node:fs/promises';
import * as ort from 'onnxruntime-web/wasm';
import ortModule from '../../../node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.wasm' with {
  type: 'file',
};
import { openEither } from './runtimes.ts';
import { serveFromThread } from './thread.ts';

ort.env.wasm.wasmBinary = await readFile(ortModule as unknown as string);
serveFromThread(openEither(async () => ort));
