/**
 * The embedded voice on whatever runtime runs this file. Prints one JSON object; `onnx-runtimes.test.ts` and
 * `onnx-native.test.ts` and `onnx-kernels.test.ts` run it and judge. Must exit by itself.
 */
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { open, readAll, realEngine, say, seconds } from './onnx-support.ts';

const [threads, runtime = 'wasm', voice = 'joe', file] = process.argv.slice(2);
const engine = realEngine({
  voice,
  threads: Number(threads),
  runtime: async () => (runtime === 'native' ? 'native' : 'wasm'),
  kernels: async () => runtime === 'kernels',
});
const { rate, body } = await open(engine, say('Nobody answered the door.'));
const pcm = await readAll(body);
if (file) await writeFile(file, pcm);
const [shown] = await engine.voices();
const left = await open(engine, say('Nobody answered the door, and nobody came to the window either.'));
await left.body.cancel();
const again = await open(engine, say('Yes.'));
const next = await readAll(again.body);
const cut = await open(engine, say('Nobody answered, and the engine ends while this is being made.'));
const reader = cut.body.getReader();
await reader.read();
const failed = reader.read().then(
  () => false,
  () => true,
);
await engine.close?.();
await failed;
console.log(
  JSON.stringify({
    rate,
    seconds: seconds(pcm, rate),
    next: next.length > 0,
    revision: shown?.revision,
    sha256: createHash('sha256').update(pcm).digest('hex'),
  }),
);
