import { describe, expect, test } from 'vitest';
import type { PcmStream } from '../../src/engine/engine.ts';
import { type AdmissionOptions, type AdmittedEngine, admission } from '../../src/engine/policy/admission.ts';
import { ClientGone } from '../../src/stream/cancel.ts';
import { createFakeClock, type FakeClock } from '../stream/fake-clock.ts';
import { asking, createFakeEngine, type FakeEngine, settle, sound } from './policy-engine.ts';

interface Queue {
  readonly engine: FakeEngine;
  readonly queue: AdmittedEngine;
  readonly clock: FakeClock;
  /** Asks for `text`; the promise's failure may be looked at later. */
  ask(text: string, signal?: AbortSignal): Promise<PcmStream>;
  /** Lets one request through that takes `ms` to its first audio. */
  serve(ms: number): Promise<void>;
}

function createQueue(options: AdmissionOptions, how: { deaf?: boolean } = {}): Queue {
  const engine = createFakeEngine(how);
  const clock = createFakeClock();
  const queue = admission(options, { clock })(engine);
  const ask: Queue['ask'] = (text, signal = new AbortController().signal) => {
    const opening = queue.open(asking(text), signal);
    opening.catch(() => {});
    return opening;
  };
  return {
    engine,
    queue,
    clock,
    ask,
    async serve(ms) {
      const opening = ask('served');
      const call = await engine.call(engine.calls.length + 1);
      clock.advance(ms);
      call.speak(sound(10));
      await opening;
    },
  };
}

const textsOf = (engine: FakeEngine): string[] => engine.calls.map(({ request }) => request.text);

describe('admission', () => {
  test('lets in as many as there are slots, the others in order of arrival', async () => {
    const { engine, queue, ask } = createQueue({ slots: 2, maxPending: 5 });
    const openings = ['a', 'b', 'c', 'd'].map((text) => ask(text));
    await settle();
    expect(textsOf(engine)).toEqual(['a', 'b']);
    expect(queue).toMatchObject({ running: 2, pending: 2 });

    engine.calls[1]?.speak(sound(10));
    await openings[1];
    expect(textsOf(engine)).toEqual(['a', 'b', 'c']);

    engine.calls[0]?.fail(new Error('broke'));
    await expect(openings[0]).rejects.toThrow('broke');
    expect(textsOf(engine)).toEqual(['a', 'b', 'c', 'd']);
    expect(queue).toMatchObject({ running: 2, pending: 0 });

    for (const call of engine.calls) call.speak(sound(10));
    await Promise.all(openings.slice(1));
    expect(queue).toMatchObject({ running: 0, pending: 0 });
  });

  test('refuses one too many without asking the engine', async () => {
    const { engine, queue, ask } = createQueue({ slots: 1, maxPending: 1 });
    ask('a');
    ask('b');
    await expect(ask('c')).rejects.toMatchObject({ error: { code: 'overloaded', retryAfterSeconds: 1 } });
    expect(textsOf(engine)).toEqual(['a']);
    expect(queue).toMatchObject({ running: 1, pending: 1 });
  });

  test('without a queue refuses as soon as the slots are taken', async () => {
    const { ask } = createQueue({ slots: 1, maxPending: 0 });
    ask('a');
    await expect(ask('b')).rejects.toMatchObject({ error: { code: 'overloaded' } });
  });
});

describe('a client that leaves', () => {
  test('the queue is out of it at once, and never reaches the engine', async () => {
    const { engine, queue, ask } = createQueue({ slots: 1, maxPending: 1 });
    const leaving = new AbortController();
    ask('a');
    const waiting = ask('b', leaving.signal);
    await settle();
    expect(queue.pending).toBe(1);
    leaving.abort();
    expect(queue.pending).toBe(0);
    await expect(waiting).rejects.toBeInstanceOf(ClientGone);
    ask('c');
    engine.calls[0]?.speak(sound(10));
    await settle();
    expect(textsOf(engine)).toEqual(['a', 'c']);
  });

  test('before it asked costs nothing', async () => {
    const { engine, queue, ask } = createQueue({ slots: 1, maxPending: 1 });
    await expect(ask('a', AbortSignal.abort())).rejects.toBeInstanceOf(ClientGone);
    expect(engine.calls).toHaveLength(0);
    expect(queue.running).toBe(0);
  });

  test('in the moment its turn comes hands the slot on', async () => {
    const { engine, queue, ask } = createQueue({ slots: 1, maxPending: 2 });
    const leaving = new AbortController();
    const first = ask('a');
    const second = ask('b', leaving.signal);
    const third = ask('c');
    await settle();
    first.finally(() => leaving.abort());
    engine.calls[0]?.speak(sound(10));
    await expect(second).rejects.toBeInstanceOf(ClientGone);
    await settle();
    expect(textsOf(engine).at(-1)).toBe('c');
    engine.calls.at(-1)?.speak(sound(10));
    await third;
    expect(queue).toMatchObject({ running: 0, pending: 0 });
  });

  test('the engine keeps its slot until the engine has stopped', async () => {
    const { engine, queue, ask } = createQueue({ slots: 1, maxPending: 1 }, { deaf: true });
    const leaving = new AbortController();
    ask('a', leaving.signal);
    ask('b');
    await settle();
    leaving.abort();
    await settle();
    expect(queue).toMatchObject({ running: 1, pending: 1 });
    engine.calls[0]?.fail(new Error('stopped'));
    await settle();
    expect(textsOf(engine)).toEqual(['a', 'b']);
  });
});

describe('the time to come back', () => {
  test.each([
    [200, 1],
    [4_000, 8],
    [120_000, 60],
  ])('when a first audio takes %i ms is %i s for the second in line', async (ms, seconds) => {
    const { ask, serve } = createQueue({ slots: 1, maxPending: 0 });
    await serve(ms);
    ask('a');
    await expect(ask('b')).rejects.toMatchObject({ error: { retryAfterSeconds: seconds } });
  });

  test('follows the pace as it changes, and is shared by the slots', async () => {
    const { ask, serve } = createQueue({ slots: 2, maxPending: 0 });
    await serve(30_000);
    for (let i = 0; i < 40; i++) await serve(2_000);
    ask('a');
    ask('b');
    await expect(ask('c')).rejects.toMatchObject({ error: { retryAfterSeconds: 5 } });
  });

  test('later than the deadline is refused at once, though there is room to wait', async () => {
    const { queue, ask, serve } = createQueue({ slots: 1, maxPending: 10, deadlineMs: 5_000 });
    await serve(2_000);
    ask('a');
    ask('b');
    await expect(ask('c')).rejects.toMatchObject({ error: { code: 'overloaded' } });
    expect(queue).toMatchObject({ running: 1, pending: 1 });
  });
});
