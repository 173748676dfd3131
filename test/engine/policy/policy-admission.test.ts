import { describe, expect, test } from 'vitest';
import { invalid } from '../../../src/core/errors.ts';
import { ClientGone } from '../../../src/stream/cancel.ts';
import { createQueue } from './admission-support.ts';
import { broken, endless, readAll, settle, sound } from './policy-engine.ts';

const overloaded = { error: { code: 'overloaded' } };

describe('admission', () => {
  test('lets in as many streams as the engine keeps up with, the others as those end', async () => {
    const { engine, queue, ask, texts } = createQueue({}, { streams: 2 });
    const openings = ['a', 'b', 'c', 'd', 'e'].map((text) => ask(text));
    await settle();
    expect(texts()).toEqual(['a', 'b']);
    expect(queue).toMatchObject({ running: 2, pending: 3 });

    engine.calls[0]?.speak(sound(10));
    engine.calls[1]?.speak(sound(10), endless);
    const [first, second] = await Promise.all(openings.slice(0, 2));
    expect(texts(), 'they are heard, and not over').toEqual(['a', 'b']);

    if (first) await readAll(first);
    await settle();
    expect(texts()).toEqual(['a', 'b', 'c']);
    await second?.body.cancel();
    expect(texts()).toEqual(['a', 'b', 'c', 'd']);
    engine.calls[2]?.fail(new Error('broke'));
    await expect(openings[2]).rejects.toThrow('broke');
    expect(texts()).toEqual(['a', 'b', 'c', 'd', 'e']);

    engine.calls[3]?.speak(broken);
    engine.calls[4]?.speak(sound(10));
    const [fourth, fifth] = await Promise.all(openings.slice(3));
    if (fourth) await expect(readAll(fourth)).rejects.toThrow('broke');
    if (fifth) await readAll(fifth);
    expect(queue).toMatchObject({ running: 0, pending: 0 });
  });

  test('lets in one that is more than the engine can do, when nothing else is there', async () => {
    const { ask, texts } = createQueue({}, { streams: 0.5 });
    ask('a');
    ask('b');
    await settle();
    expect(texts()).toEqual(['a']);
  });

  test('lets in no more at once than may work towards their first audio', async () => {
    const { engine, ask, texts } = createQueue({ starting: 2 }, { streams: 9 });
    for (const text of ['a', 'b', 'c']) ask(text);
    await settle();
    expect(texts()).toEqual(['a', 'b']);
    engine.calls[0]?.speak(sound(10), endless);
    await settle();
    expect(texts()).toEqual(['a', 'b', 'c']);
  });

  test('lets the parts of a text that was let in pass, and counts them as one stream until the last is over', async () => {
    const { engine, queue, clock, ask, texts } = createQueue({});
    const utteranceId = {};
    const first = ask('a1', { utteranceId });
    await settle();
    engine.calls[0]?.speak(sound(10));
    const heard = await first;
    const second = ask('a2', { utteranceId, isContinuation: true });
    ask('b');
    await settle();
    expect(texts()).toEqual(['a1', 'a2']);
    await readAll(heard);
    engine.calls[1]?.speak(sound(10));
    await readAll(await second);
    await settle();
    expect(queue).toMatchObject({ running: 1, pending: 1 });

    ask('a3', { utteranceId, isContinuation: true });
    await settle();
    clock.advance(10_000);
    expect(texts(), 'the third part came in time').toEqual(['a1', 'a2', 'a3']);
    engine.calls[2]?.fail(new Error('broke'));
    await settle();
    clock.advance(100);
    await settle();
    expect(texts()).toEqual(['a1', 'a2', 'a3', 'b']);
  });

  test('never asks what goes on from kept speech to wait, and refuses it at a thousand streams alone', async () => {
    const { engine, ask } = createQueue({ maxPending: 0 });
    for (let part = 0; part < 1000; part++) ask('', { utteranceId: {}, isContinuation: true });
    await settle();
    expect(engine.calls).toHaveLength(1000);
    await expect(ask('', { utteranceId: {}, isContinuation: true })).rejects.toMatchObject(overloaded);
  });

  test('counts no stream whose reader has stalled, until it reads on', async () => {
    const { engine, clock, ask, texts } = createQueue({});
    const first = ask('a');
    ask('b');
    await settle();
    engine.calls[0]?.speak(sound(10), sound(10), sound(10));
    const reader = (await first).body.getReader();
    await reader.read();
    clock.advance(9_000);
    expect(texts()).toEqual(['a']);
    clock.advance(2_000);
    await settle();
    expect(texts()).toEqual(['a', 'b']);
    engine.calls[1]?.fail(new Error('broke'));
    await settle();
    await reader.read();
    ask('c');
    await settle();
    expect(texts()).toEqual(['a', 'b']);
  });
});

describe('who may wait', () => {
  test('is told at once: one too many is refused without asking the engine', async () => {
    const { queue, ask, texts } = createQueue({ maxPending: 1 });
    ask('a');
    ask('b');
    await expect(ask('c')).rejects.toMatchObject({ error: { code: 'overloaded', retryAfterSeconds: 1 } });
    expect(texts()).toEqual(['a']);
    expect(queue).toMatchObject({ running: 1, pending: 1 });
  });

  test('is nobody without a queue', async () => {
    const { ask } = createQueue({ maxPending: 0 });
    ask('a');
    await expect(ask('b')).rejects.toMatchObject(overloaded);
  });

  test('is nobody whose first audio would come after the deadline by the measured pace', async () => {
    const { queue, ask } = createQueue({ deadlineMs: 5_000 }, { workMs: 2_000 });
    ask('a');
    ask('b'); // when a is over: in 2 s
    ask('c'); // 4 s
    await expect(ask('d')).rejects.toMatchObject({ error: { code: 'overloaded', retryAfterSeconds: 6 } });
    await expect(ask('d')).rejects.toMatchObject(overloaded);
    expect(queue).toMatchObject({ running: 1, pending: 2 });
  });

  test('is not refused any more, however slow it becomes', async () => {
    const { clock, engine, ask, texts } = createQueue({ deadlineMs: 5_000 }, { workMs: 2_000 });
    ask('a');
    const waiting = ask('b');
    await settle();
    clock.advance(60_000);
    engine.calls[0]?.fail(new Error('broke'));
    await settle();
    expect(texts()).toEqual(['a', 'b']);
    engine.calls[1]?.speak(sound(10));
    await expect(waiting).resolves.toMatchObject({ queueMs: 60_000 });
  });

  test.each([
    [200, 1],
    [4_000, 8],
    [120_000, 60],
  ])(
    'else may come back when it would be its turn: %i ms a stream, two ahead, is %i s',
    async (workMs, seconds) => {
      const { ask } = createQueue({ maxPending: 1 }, { workMs });
      ask('a');
      ask('b');
      await expect(ask('c')).rejects.toMatchObject({ error: { retryAfterSeconds: seconds } });
    },
  );

  test('is nobody whose request is wrong: that is told without waiting', async () => {
    const demandOf = async (): Promise<never> => {
      throw invalid('No.', 'text');
    };
    const { ask, queue } = createQueue({ maxPending: 0, demandOf });
    await expect(ask('a')).rejects.toMatchObject({ error: { code: 'invalid_value' } });
    expect(queue).toMatchObject({ running: 0, pending: 0 });
  });
});

describe('a client that leaves', () => {
  test('the queue is out of it at once, and never reaches the engine', async () => {
    const { engine, queue, ask, texts } = createQueue({ maxPending: 1 });
    const leaving = new AbortController();
    ask('a');
    const waiting = ask('b', {}, leaving.signal);
    await settle();
    expect(queue.pending).toBe(1);
    leaving.abort();
    expect(queue.pending).toBe(0);
    await expect(waiting).rejects.toBeInstanceOf(ClientGone);
    ask('c');
    await settle();
    engine.calls[0]?.fail(new Error('broke'));
    await settle();
    expect(texts()).toEqual(['a', 'c']);
  });

  test('before it asked costs nothing', async () => {
    const { engine, queue, ask } = createQueue({});
    await expect(ask('a', {}, AbortSignal.abort())).rejects.toBeInstanceOf(ClientGone);
    expect(engine.calls).toHaveLength(0);
    expect(queue.running).toBe(0);
  });

  test('in the moment its turn comes hands the place on', async () => {
    const { engine, queue, ask, texts } = createQueue({ maxPending: 2 });
    const leaving = new AbortController();
    const first = ask('a');
    const second = ask('b', {}, leaving.signal);
    const third = ask('c');
    await settle();
    first.catch(() => leaving.abort());
    engine.calls[0]?.fail(new Error('broke'));
    await expect(second).rejects.toBeInstanceOf(ClientGone);
    await settle();
    expect(texts().at(-1)).toBe('c');
    engine.calls.at(-1)?.speak(sound(10));
    await readAll(await third);
    expect(queue).toMatchObject({ running: 0, pending: 0 });
  });

  test('the engine keeps its place until the engine has stopped', async () => {
    const { engine, queue, ask, texts } = createQueue({}, { deaf: true });
    const leaving = new AbortController();
    ask('a', {}, leaving.signal);
    ask('b');
    await settle();
    leaving.abort();
    await settle();
    expect(queue).toMatchObject({ running: 1, pending: 1 });
    engine.calls[0]?.fail(new Error('stopped'));
    await settle();
    expect(texts()).toEqual(['a', 'b']);
  });

  test('leaves no alarm behind', async () => {
    const { engine, clock, ask } = createQueue({});
    const leaving = new AbortController();
    ask('a');
    ask('b', {}, leaving.signal);
    await settle();
    leaving.abort();
    engine.calls[0]?.fail(new Error('broke'));
    await settle();
    expect(clock.pending).toBe(0);
  });
});
