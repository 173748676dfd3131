import { expect, test } from 'vitest';
import { createEmbeddedRecognizer } from '../../src/engine/listen/embedded.ts';
import type { FromEar, ToEar } from '../../src/engine/listen/protocol.ts';
import type { Hearing, Recording } from '../../src/engine/listen/recognizer.ts';
import { SILENCE_LIMIT_MS } from '../../src/engine/worker/calls.ts';
import { createFakeClock } from '../stream/fake-clock.ts';

const nobodyLeaves = new AbortController().signal;
const stepTimeoutMs = 10 * SILENCE_LIMIT_MS;
const recording = (): Recording => ({ kind: 'pcm', bytes: new Uint8Array(2) });
const failed = { error: { code: 'engine_unavailable', message: 'The recogniser failed.' } };

/** A recogniser whose workers say only what the test lets them say. */
function scripted(timeout = stepTimeoutMs) {
  const clock = createFakeClock();
  const sent: ToEar[] = [];
  const workers: { say: (message: FromEar) => void; die: (error: Error) => void; alive: boolean }[] = [];
  const spawnInference = () => {
    const worker = { say: (_: FromEar) => {}, die: (_: Error) => {}, alive: true };
    workers.push(worker);
    return {
      post: (message: unknown) => void sent.push(message as ToEar),
      onMessage(listener: (message: unknown) => void) {
        worker.say = listener;
      },
      onFailure(listener: (error: Error) => void) {
        worker.die = listener;
      },
      async terminate() {
        worker.alive = false;
      },
    };
  };
  const packs = async () => [{ id: 'moonshine-tiny', revision: 'r', files: { encoder: 'e', decoder: 'd' } }];
  const recogniser = createEmbeddedRecognizer(
    { threads: 3, stepTimeoutMs: timeout, maxJobs: 2 },
    { packs, spawnInference, clock },
  );
  const hear = (): Promise<Hearing> => {
    const hearing = recogniser.hear(recording(), nobodyLeaves);
    hearing.catch(() => {});
    return hearing;
  };
  /** Until what was just started has reached the worker. */
  const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));
  return { clock, sent, workers, recogniser, hear, settle };
}

test('a worker is set up before anything else is asked, and started once', async () => {
  const { sent, workers, hear, settle } = scripted();
  void hear();
  void hear();
  await settle();
  expect(sent.map(({ kind }) => kind)).toEqual(['hear-setup', 'hear-open', 'hear-open']);
  expect(sent[0]).toMatchObject({ threads: 3, maxSeconds: 3600 });
  expect(workers).toHaveLength(1);
});

test('a worker that is silent too long fails its jobs, is terminated, and frees their places', async () => {
  const { clock, workers, hear, settle } = scripted();
  const both = [hear(), hear()];
  await settle();
  await expect(hear()).rejects.toMatchObject({ error: { code: 'overloaded' } });
  clock.advance(SILENCE_LIMIT_MS);
  for (const one of both) await expect(one).rejects.toMatchObject(failed);
  expect(workers[0]?.alive).toBe(false);
  void hear();
  await settle();
  expect(workers).toHaveLength(2);
});

test('a worker that dies again before it has worked is not replaced at once', async () => {
  const { clock, workers, hear, settle } = scripted();
  for (const death of [0, 1]) {
    const hearing = hear();
    await settle();
    workers[death]?.die(new Error('out of memory'));
    await expect(hearing).rejects.toMatchObject(failed);
  }
  const restarting = { error: { code: 'engine_unavailable', message: 'The recogniser is restarting.' } };
  await expect(hear()).rejects.toMatchObject(restarting);
  expect(workers).toHaveLength(2);
  clock.advance(SILENCE_LIMIT_MS);
  void hear();
  await settle();
  expect(workers).toHaveLength(3);
});

test('a worker that dies after it has worked is replaced at once', async () => {
  const { workers, hear, settle } = scripted();
  const first = hear();
  await settle();
  workers[0]?.say({ kind: 'heard', call: 1, step: { heard: 0, last: false } });
  const pieces = (await first).pieces[Symbol.asyncIterator]();
  const piece = pieces.next();
  workers[0]?.die(new Error('/secret/path'));
  const failure = await piece.catch((error: unknown) => error);
  expect(failure).toMatchObject(failed);
  expect(String(failure)).not.toContain('secret');
  void hear();
  await settle();
  expect(workers).toHaveLength(2);
});

test('a turn that takes too long ends its job alone', async () => {
  const { clock, sent, workers, hear, settle } = scripted(1000);
  const late = hear();
  await settle();
  clock.advance(1000);
  await expect(late).rejects.toMatchObject({ error: { code: 'timeout' } });
  expect(sent.at(-1)).toEqual({ kind: 'hear-close', job: 1 });
  expect([workers[0]?.alive, clock.pending]).toEqual([true, 0]);
});

test.each([
  ['undecodable', 'invalid_value'],
  ['too-long', 'invalid_value'],
  ['unloadable', 'engine_unavailable'],
  ['broken', 'engine_unavailable'],
] as const)('a failure that is %s keeps its detail from clients', async (reason, code) => {
  const { workers, hear, settle } = scripted();
  const hearing = hear();
  await settle();
  workers[0]?.say({ kind: 'failed', call: 1, failure: { reason, detail: '/secret/path' } });
  const failure = await hearing.catch((error: unknown) => error);
  expect(failure).toMatchObject({ error: { code }, cause: { message: '/secret/path' } });
  expect(JSON.stringify(failure)).not.toContain('secret');
});

test('closing it fails what is open', async () => {
  const { recogniser, hear, settle } = scripted();
  const hearing = hear();
  await settle();
  await recogniser.close();
  await expect(hearing).rejects.toMatchObject({ error: { code: 'shutting_down' } });
  await expect(hear()).rejects.toMatchObject({ error: { code: 'shutting_down' } });
});
