import { readFile } from 'node:fs/promises';
import { expect, onTestFinished, test } from 'vitest';
import type { InferenceHere } from '../../../src/core/ports.ts';
import { IsolatePool } from '../../../src/engine/onnx/isolate-pool.ts';
import type { PoolJob } from '../../../src/engine/onnx/pool.ts';
import type { PackToLoad, SynthesisJob } from '../../../src/engine/onnx/protocol.ts';
import { createFakeClock, realClock } from '../../stream/fake-clock.ts';

const kernels = new WebAssembly.Module(
  await readFile(new URL('../../../dist/wasm/kernels.wasm', import.meta.url)),
);
const pack: PackToLoad = { id: 'joe', family: 'piper', files: { encoder: 'encoder', config: 'config' } };
const synthesis: SynthesisJob = {
  ...{ text: 'Hello.', voice: 'joe', language: 'en-US' },
  ...{ speed: 1, seed: 0, gain: 1, isContinuation: false },
};
const overloaded = expect.objectContaining({
  error: expect.objectContaining({ code: 'overloaded', retryAfterSeconds: expect.any(Number) }),
});
const unavailable = { error: { code: 'engine_unavailable', message: 'The voice could not be loaded.' } };
const mostJobs = 16;

/** What is asked for of its files; `bring` answers. */
function here(bring: () => Promise<Uint8Array>): InferenceHere & { readonly asked: string[] } {
  const asked: string[] = [];
  const load = (name: string): Promise<Uint8Array> => {
    asked.push(name);
    return bring();
  };
  return { asked, kernels, load, loadDictionary: () => load('dictionary') };
}

const queued = { playbackDeadline: () => 0, isHeard: () => false };
const absent = (): Promise<never> => Promise.reject(new Error('there is no such asset'));

function opened(pool: IsolatePool, given: PackToLoad = pack): PoolJob {
  const job = pool.open(given, synthesis, { utteranceId: undefined, ...queued });
  onTestFinished(() => job.close());
  return job;
}

test('speech in the process itself: more jobs than there is memory for are refused until one ends', () => {
  const pool = new IsolatePool(here(absent), realClock);
  const jobs = Array.from({ length: mostJobs }, () => opened(pool));
  expect(() => opened(pool)).toThrow(overloaded);
  jobs[0]?.close();
  jobs[0]?.close();
  opened(pool);
  expect(() => opened(pool)).toThrow(overloaded);
});

test('speech in the process itself: parts of one utterance are one stream', () => {
  const pool = new IsolatePool(here(absent), realClock);
  const utteranceId = {};
  for (const id of [utteranceId, utteranceId, {}]) pool.open(pack, synthesis, { utteranceId: id, ...queued });
  expect([pool.others(utteranceId), pool.others(undefined)]).toEqual([1, 1]);
});

test('speech in the process itself: a voice that cannot be loaded is asked for again by the next request', async () => {
  const source = here(absent);
  const pool = new IsolatePool(source, realClock);
  await expect(opened(pool).next()).rejects.toMatchObject(unavailable);
  const first = source.asked.length;
  expect(first).toBeGreaterThan(0);
  await expect(opened(pool).next()).rejects.toMatchObject(unavailable);
  expect(source.asked.length).toBeGreaterThan(first);
  expect([...pool.loaded]).toEqual([]);
});

test('speech in the process itself: a load that never ends is given up in time, and begun anew', async () => {
  const clock = createFakeClock();
  const source = here(() => new Promise(() => {}));
  const pool = new IsolatePool(source, clock);
  const [one, two] = [opened(pool).next(), opened(pool).next()];
  const ends = Promise.all([one, two].map((next) => expect(next).rejects.toMatchObject(unavailable)));
  await expect.poll(() => clock.pending).toBe(2); // both wait for the one load
  const first = source.asked.length;
  clock.advance(30_000);
  await ends;
  const again = expect(opened(pool).next()).rejects.toMatchObject(unavailable);
  await expect.poll(() => source.asked.length).toBe(2 * first);
  expect(source.asked.filter((name) => name === 'dictionary')).toHaveLength(2); // it too may have been stopped with who began it
  clock.advance(30_000);
  await again;
});

test('speech in the process itself: a family that there is no room for is refused, and so is everything once it is closed', async () => {
  const pool = new IsolatePool(here(absent), realClock);
  await expect(opened(pool, { ...pack, family: 'kokoro' }).next()).rejects.toMatchObject(unavailable);
  await pool.close();
  expect(() => opened(pool)).toThrow(expect.objectContaining({ error: { code: 'shutting_down' } }));
});
