import { expect, test } from 'vitest';
import { SILENCE_LIMIT_MS } from '../../src/engine/worker-calls.ts';
import { createEmbeddedRecognizer } from '../../src/recognizer/embedded.ts';
import type { FromRecognizer, ToRecognizer } from '../../src/recognizer/protocol.ts';
import type { Recording, TranscriptionJob } from '../../src/recognizer/recognizer.ts';
import { createFakeClock } from '../stream/fake-clock.ts';

const nobodyLeaves = new AbortController().signal;
const stepTimeoutMs = 10 * SILENCE_LIMIT_MS;
const recording = (): Recording => ({ kind: 'pcm', bytes: new Uint8Array(2) });
const failed = { error: { code: 'engine_unavailable', message: 'The recogniser failed.' } };

/** A recogniser whose workers say only what the test lets them say. */
function scripted(timeout = stepTimeoutMs) {
  const clock = createFakeClock();
  const sent: ToRecognizer[] = [];
  const workers: { say: (message: FromRecognizer) => void; die: (error: Error) => void; alive: boolean }[] =
    [];
  const spawnInference = () => {
    const worker = { say: (_: FromRecognizer) => {}, die: (_: Error) => {}, alive: true };
    workers.push(worker);
    return {
      post: (message: unknown) => void sent.push(message as ToRecognizer),
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
  const transcribe = (): Promise<TranscriptionJob> => {
    const transcription = recogniser.transcribe(recording(), nobodyLeaves);
    transcription.catch(() => {});
    return transcription;
  };
  /** Until what was just started has reached the worker. */
  const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));
  return { clock, sent, workers, recogniser, transcribe, settle };
}

test('a worker is set up before anything else is asked, and started once', async () => {
  const { sent, workers, transcribe, settle } = scripted();
  void transcribe();
  void transcribe();
  await settle();
  expect(sent.map(({ kind }) => kind)).toEqual(['hear-setup', 'hear-open', 'hear-open']);
  expect(sent[0]).toMatchObject({ threads: 3, maxSeconds: 3600 });
  expect(workers).toHaveLength(1);
});

test('a worker that is silent too long fails its jobs, is terminated, and frees their places', async () => {
  const { clock, workers, transcribe, settle } = scripted();
  const both = [transcribe(), transcribe()];
  await settle();
  await expect(transcribe()).rejects.toMatchObject({ error: { code: 'overloaded' } });
  clock.advance(SILENCE_LIMIT_MS);
  for (const one of both) await expect(one).rejects.toMatchObject(failed);
  expect(workers[0]?.alive).toBe(false);
  void transcribe();
  await settle();
  expect(workers).toHaveLength(2);
});

test('a worker that dies again before it has worked is not replaced at once', async () => {
  const { clock, workers, transcribe, settle } = scripted();
  for (const death of [0, 1]) {
    const transcription = transcribe();
    await settle();
    workers[death]?.die(new Error('out of memory'));
    await expect(transcription).rejects.toMatchObject(failed);
  }
  const restarting = { error: { code: 'engine_unavailable', message: 'The recogniser is restarting.' } };
  await expect(transcribe()).rejects.toMatchObject(restarting);
  expect(workers).toHaveLength(2);
  clock.advance(SILENCE_LIMIT_MS);
  void transcribe();
  await settle();
  expect(workers).toHaveLength(3);
});

test('a worker that dies after it has worked is replaced at once', async () => {
  const { workers, transcribe, settle } = scripted();
  const first = transcribe();
  await settle();
  workers[0]?.say({ kind: 'heard', call: 1, step: { heard: 0, last: false } });
  const pieces = (await first).pieces[Symbol.asyncIterator]();
  const piece = pieces.next();
  workers[0]?.die(new Error('/secret/path'));
  const failure = await piece.catch((error: unknown) => error);
  expect(failure).toMatchObject(failed);
  expect(String(failure)).not.toContain('secret');
  void transcribe();
  await settle();
  expect(workers).toHaveLength(2);
});

test('a turn that takes too long ends its job alone', async () => {
  const { clock, sent, workers, transcribe, settle } = scripted(1000);
  const late = transcribe();
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
  const { workers, transcribe, settle } = scripted();
  const transcription = transcribe();
  await settle();
  workers[0]?.say({ kind: 'failed', call: 1, failure: { reason, detail: '/secret/path' } });
  const failure = await transcription.catch((error: unknown) => error);
  expect(failure).toMatchObject({ error: { code }, cause: { message: '/secret/path' } });
  expect(JSON.stringify(failure)).not.toContain('secret');
});

test('closing it fails what is open', async () => {
  const { recogniser, transcribe, settle } = scripted();
  const transcription = transcribe();
  await settle();
  await recogniser.close();
  await expect(transcription).rejects.toMatchObject({ error: { code: 'shutting_down' } });
  await expect(transcribe()).rejects.toMatchObject({ error: { code: 'shutting_down' } });
});
