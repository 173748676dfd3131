/**
 * The embedded voice on whatever runtime runs this file. Prints one JSON object; `onnx-runtimes.test.ts` runs it and
 * judges. Must exit by itself.
 */
import { open, readAll, realEngine, say, seconds } from './onnx-support.ts';

const threads = Number(process.argv[2]);
const engine = realEngine({ voice: 'joe', threads });
const { rate, body } = await open(engine, say('Nobody answered the door.'));
const pcm = await readAll(body);
const left = await open(engine, say('Nobody answered the door, and nobody came to the window either.'));
await left.body.cancel();
const again = await open(engine, say('Yes.'));
const next = await readAll(again.body);
await engine.close?.();
console.log(JSON.stringify({ rate, seconds: seconds(pcm, rate), next: next.length > 0 }));
