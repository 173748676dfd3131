import { describe, expect, test } from 'vitest';
import type { Engine, PcmStream } from '../../../src/core/engine.ts';
import type { SpeechRequest } from '../../../src/core/request.ts';
import { share } from '../../../src/engine/policy/share.ts';
import { createFakeClock, type FakeClock } from '../../stream/fake-clock.ts';
import { asking, createFakeEngine, type FakeEngine, readAll, settle, sound } from './policy-engine.ts';

const key = async ({ text }: SpeechRequest): Promise<string> => text;
const never = new AbortController().signal;

interface Scene {
  readonly engine: FakeEngine;
  readonly clock: FakeClock;
  /** What was handed to the background, and how much of it has ended. */
  readonly background: { given: number; ended: number };
  open(
    text: string,
    utteranceId?: object,
    isContinuation?: boolean,
    signal?: AbortSignal,
  ): Promise<PcmStream>;
}

function scene({ inBackground = false } = {}): Scene {
  const engine = createFakeEngine();
  const clock = createFakeClock();
  const background = { given: 0, ended: 0 };
  const take = (work: Promise<unknown>): void => {
    background.given++;
    void work.then(() => background.ended++);
  };
  const shared: Engine = share({ key }, inBackground ? { clock, background: take } : { clock })(engine);
  return {
    engine,
    clock,
    background,
    open: (text, utteranceId, isContinuation, signal = never) =>
      shared.open(
        asking(text, { ...(utteranceId && { utteranceId }), isContinuation: isContinuation ?? false }),
        signal,
      ),
  };
}

/** Two who hear the first part of a text together. */
async function crowdOfTwo(s: Scene): Promise<[object, object]> {
  const [a, b] = [{}, {}];
  const both = [s.open('one', a), s.open('one', b)];
  (await s.engine.call(1)).speak(sound(10));
  await Promise.all((await Promise.all(both)).map(readAll));
  return [a, b];
}

describe('those who heard the first part of a text together', () => {
  test('hear a later part together, though one asks for it when the other has heard it', async () => {
    const s = scene();
    const [a, b] = await crowdOfTwo(s);
    const first = s.open('two', a, true);
    (await s.engine.call(2)).speak(sound(20));
    expect((await readAll(await first)).length).toBe(40);
    s.clock.advance(4000);
    const second = await s.open('two', b, true);
    expect([(await readAll(second)).length, second.cache?.state]).toEqual([40, 'coalesced']);
    expect(s.engine.calls).toHaveLength(2);
  });

  test('hear it anew when they are too far apart, and nothing is kept then', async () => {
    const s = scene();
    const [a, b] = await crowdOfTwo(s);
    const first = s.open('two', a, true);
    (await s.engine.call(2)).speak(sound(20));
    await readAll(await first);
    s.clock.advance(6000);
    expect(s.clock.pending).toBe(0);
    void s.open('two', b, true);
    await s.engine.call(3);
  });
});

test('the first part of a text is not kept for anybody: who comes later hears it anew', async () => {
  const s = scene();
  await crowdOfTwo(s);
  void s.open('one', {});
  await s.engine.call(2);
});

test('who hears a text alone hears the source itself, and leaves nothing behind', async () => {
  const s = scene();
  for (const text of ['one', 'two']) {
    const utteranceId = {};
    const opening = s.open(text, utteranceId, text === 'two');
    const call = await s.engine.call(s.engine.calls.length + 1);
    call.speak(sound(10));
    await readAll(await opening);
  }
  expect(s.clock.pending).toBe(0);
});

describe('where the work of a request ends with it', () => {
  test('the one that began goes on in the background until all have heard all', async () => {
    const s = scene({ inBackground: true });
    const leaver = new AbortController();
    const [first, second] = [s.open('one', undefined, false, leaver.signal), s.open('one')];
    (await s.engine.call(1)).speak(sound(10), sound(20));
    const [left, stays] = await Promise.all([first, second]);
    await left.body.getReader().read();
    leaver.abort();
    await settle();
    expect(s.background).toEqual({ given: 1, ended: 0 });
    expect((await readAll(stays)).length).toBe(60);
    await settle();
    expect(s.background).toEqual({ given: 1, ended: 1 });
    expect(s.engine.calls[0]).toMatchObject({ cancelled: false });
  });

  test('and until the source has stopped when all have left', async () => {
    const s = scene({ inBackground: true });
    const streams = [s.open('one'), s.open('one')];
    const call = await s.engine.call(1);
    call.speak(sound(10), sound(20));
    for (const { body } of await Promise.all(streams)) await body.cancel();
    await settle();
    expect(call.cancelled).toBe(true);
    expect(s.background).toEqual({ given: 1, ended: 1 });
  });

  test('no longer than its own answer where it is alone', async () => {
    const s = scene({ inBackground: true });
    const opening = s.open('one');
    (await s.engine.call(1)).speak(sound(10));
    expect((await readAll(await opening)).length).toBe(20);
    expect(s.background).toEqual({ given: 1, ended: 1 });
    expect(s.clock.pending).toBe(0);
  });
});
