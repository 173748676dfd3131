import { expect, test } from 'vitest';
import { Link } from '../../../src/engine/onnx/link.ts';
import type { FromWorker, InferenceSetup, PackToLoad, ToWorker } from '../../../src/engine/onnx/protocol.ts';
import { SILENCE_LIMIT_MS } from '../../../src/engine/worker-calls.ts';
import { createFakeClock } from '../../stream/fake-clock.ts';

const pack: PackToLoad = { id: 'p', family: 'piper', files: {} };
const synthesis = {
  text: 'Hello.',
  voice: 'v',
  language: 'en-US',
  speed: 1,
  seed: 0,
  gain: 1,
  isContinuation: false,
};

/** A worker that says only what the test lets it say. */
function scripted(runtime: InferenceSetup['runtime'] = 'wasm') {
  const clock = createFakeClock();
  const sent: ToWorker[] = [];
  let say: (message: FromWorker) => void = () => {};
  let state = 'alive';
  const worker = {
    post: (message: unknown) => void sent.push(message as ToWorker),
    onMessage(listener: (message: unknown) => void) {
      say = listener;
    },
    onFailure: () => {},
    async terminate() {
      state = 'terminated';
    },
  };
  let ends = 0;
  const link = new Link(worker, { runtime, threads: 3, clock, onEnd: () => void ends++ });
  const window = (call: number, last = false): void =>
    say({ kind: 'window', call, packs: ['p'], window: { pcm: new Uint8Array(2), last } });
  return {
    clock,
    sent,
    link,
    window,
    say: (message: FromWorker) => say(message),
    state: () => state,
    ends: () => ends,
  };
}

test('threads are set up before anything else is asked', () => {
  const { sent, link } = scripted();
  void link.open(pack, synthesis).first.catch(() => {});
  expect(sent.map(({ kind }) => kind)).toEqual(['setup', 'open']);
  expect(sent[0]).toEqual({ kind: 'setup', runtime: 'wasm', threads: 3 });
});

test('answers find their calls in whatever order they come', async () => {
  const { link, window } = scripted();
  const one = link.open(pack, synthesis);
  const two = link.open(pack, synthesis);
  window(2, true);
  window(1);
  expect((await one.first).last).toBe(false);
  expect((await two.first).last).toBe(true);
  expect(link.packs).toEqual(['p']);
});

test('a worker that is silent too long fails its calls and is terminated', async () => {
  const { clock, link, state, ends } = scripted();
  const { first } = link.open(pack, synthesis);
  clock.advance(SILENCE_LIMIT_MS);
  await expect(first).rejects.toMatchObject({ error: { code: 'engine_failed' } });
  await expect(link.next(1)).rejects.toMatchObject({ error: { code: 'engine_failed' } });
  expect([state(), ends()]).toEqual(['terminated', 1]);
});

test('a worker that answers others is not silent, and an idle one may be', async () => {
  const { clock, link, window, state } = scripted();
  const one = link.open(pack, synthesis);
  const two = link.open(pack, synthesis);
  clock.advance(SILENCE_LIMIT_MS - 1);
  window(1);
  clock.advance(SILENCE_LIMIT_MS - 1);
  window(2);
  await Promise.all([one.first, two.first]);
  clock.advance(10 * SILENCE_LIMIT_MS);
  expect([state(), clock.pending]).toEqual(['alive', 0]);
});

test('a closed job hears no more, also when its window comes after all', async () => {
  const { clock, sent, link, window, state } = scripted();
  const { job, first } = link.open(pack, synthesis);
  link.close(job);
  await expect(first).rejects.toThrow('The client left.');
  expect(sent.at(-1)).toEqual({ kind: 'close', job });
  window(1);
  clock.advance(SILENCE_LIMIT_MS);
  expect([state(), clock.pending]).toEqual(['alive', 0]);
});

test.each([
  ['unspeakable', { code: 'invalid_value', param: 'text', message: 'There is nothing to say in this text.' }],
  ['unloadable', { code: 'engine_unavailable', message: 'The voice could not be loaded.' }],
  ['broken', { code: 'engine_failed' }],
] as const)('a failure that is %s keeps its detail from clients', async (reason, error) => {
  const { link, say } = scripted();
  const { first } = link.open(pack, synthesis);
  say({ kind: 'failed', call: 1, failure: { reason, detail: '/secret/path' } });
  const failure = await first.catch((thrown: unknown) => thrown);
  expect(failure).toMatchObject({ error, cause: { message: '/secret/path' } });
  expect(String(failure)).not.toContain('secret');
});

test('ending it fails what is open', async () => {
  const { link, state } = scripted();
  const { first } = link.open(pack, synthesis);
  await link.end();
  await expect(first).rejects.toMatchObject({ error: { code: 'shutting_down' } });
  expect(state()).toBe('terminated');
});

test('a worker in machine code rests before it is terminated, or is left behind', async () => {
  const resting = scripted('native');
  const ended = resting.link.end();
  expect([resting.sent.at(-1), resting.state()]).toEqual([{ kind: 'rest' }, 'alive']);
  resting.say({ kind: 'rests', rests: true });
  await ended;
  expect([resting.state(), resting.clock.pending]).toEqual(['terminated', 0]);
  const hung = scripted('native');
  const left = hung.link.end();
  hung.clock.advance(10_000);
  await left;
  expect(hung.state()).toBe('alive');
});
