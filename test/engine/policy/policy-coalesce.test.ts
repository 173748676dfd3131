import { describe, expect, test } from 'vitest';
import { localHash } from '../../../src/adapters/local/local.ts';
import type { Engine, PcmStream } from '../../../src/core/engine.ts';
import { SpeechFailure } from '../../../src/core/errors.ts';
import type { SpeechRequest } from '../../../src/core/request.ts';
import { createSpeechKeeping } from '../../../src/engine/policy/kept-speech.ts';
import { share } from '../../../src/engine/policy/share.ts';
import { createMemoryBlobs } from '../../../src/state/memory.ts';
import { ClientGone } from '../../../src/stream/cancel.ts';
import { realClock } from '../../stream/fake-clock.ts';
import { asking, createFakeEngine, endless, readAll, settle, sound } from './policy-engine.ts';

const byText = async ({ text }: SpeechRequest): Promise<string> => text;
const never = new AbortController().signal;
const sharing = (engine: Engine): Engine => share({ key: byText }, { clock: realClock })(engine);
/** The same where what is said is kept. */
const sharingAndKeeping = (engine: Engine): Engine => {
  const blobs = createMemoryBlobs({ maxBytes: 1_000_000 }, realClock);
  const ports = { clock: realClock, createHash: localHash };
  const keeping = createSpeechKeeping({ engine: 'fake', blobs, maxAgeMs: 60_000 }, ports);
  return share({ key: byText, keeping }, { clock: realClock })(engine);
};

function openMany(engine: Engine, count: number, signals: AbortSignal[] = []): Promise<PcmStream>[] {
  return Array.from({ length: count }, (_, index) => engine.open(asking('a'), signals[index] ?? never));
}

/** A hundred of them, of which the first `count` can leave. */
function openLeavers(engine: Engine, count: number): { leaveAll: () => void; opened: Promise<PcmStream>[] } {
  const leavers = Array.from({ length: count }, () => new AbortController());
  const signals = leavers.map(({ signal }) => signal);
  const opened = openMany(engine, 100, signals);
  for (const one of opened) one.catch(() => {}); // looked at later than the speech begins
  return {
    leaveAll: () => {
      for (const leaver of leavers) leaver.abort();
    },
    opened,
  };
}

describe('one hundred identical requests at once', () => {
  test('cause one synthesis, and each hears all of it', async () => {
    const engine = createFakeEngine();
    const opened = openMany(sharing(engine), 100);
    const call = await engine.call(1);
    await settle();
    call.speak(sound(100), sound(50), sound(70));
    const heard = await Promise.all((await Promise.all(opened)).map(readAll));
    expect(engine.calls).toHaveLength(1);
    expect(new Set(heard.map(({ length }) => length))).toEqual(new Set([440]));
    expect(call.taken).toBe(3);
  });

  test('of which all but one leave, before and after the first audio, leave the last one everything', async () => {
    const engine = createFakeEngine();
    const { leaveAll, opened } = openLeavers(sharing(engine), 50);
    const call = await engine.call(1);
    await settle();
    leaveAll();
    call.speak(sound(100), sound(50));
    const streams = await Promise.all(opened.slice(50));
    for (const { body } of streams.slice(1)) await body.cancel();
    expect((await readAll(streams[0]!)).length).toBe(300);
    expect(call).toMatchObject({ cancelled: false, signal: { aborted: false } });
    for (const left of opened.slice(0, 50)) await expect(left).rejects.toBeInstanceOf(ClientGone);
  });

  test('that all leave before the first audio stop it', async () => {
    const engine = createFakeEngine();
    const { leaveAll, opened } = openLeavers(sharing(engine), 100);
    const call = await engine.call(1);
    await settle();
    leaveAll();
    expect(call.signal.aborted).toBe(true);
    for (const left of opened) await expect(left).rejects.toBeInstanceOf(ClientGone);
  });

  test('that all leave in mid-stream stop it', async () => {
    const engine = createFakeEngine();
    const opened = openMany(sharing(engine), 100);
    const call = await engine.call(1);
    await settle();
    call.speak(sound(100), endless);
    for (const { body } of await Promise.all(opened)) await body.cancel();
    await settle();
    expect(call.cancelled).toBe(true);
  });

  test('share its failure', async () => {
    const engine = createFakeEngine();
    const opened = openMany(sharing(engine), 3);
    (await engine.call(1)).fail(new SpeechFailure({ code: 'origin_unavailable' }));
    for (const one of opened)
      await expect(one).rejects.toMatchObject({ error: { code: 'origin_unavailable' } });
  });
});

describe('who is told what', () => {
  test('the first has made it, the others found it under way', async () => {
    const engine = createFakeEngine();
    const opened = openMany(sharingAndKeeping(engine), 2);
    (await engine.call(1)).speak(sound(10));
    const [first, second] = await Promise.all(opened);
    expect(first?.cache).toEqual({ state: 'miss' });
    expect(second?.cache).toEqual({ state: 'coalesced' });
  });
});

describe('a request that is alone', () => {
  test('gets the stream of the engine itself', async () => {
    const engine = createFakeEngine();
    let given: PcmStream | undefined;
    const relaying: Engine = {
      ...engine,
      async open(request, signal) {
        given = {
          ...(await engine.open(request, signal)),
          relayed: () => ({ body: new ReadableStream(), done: Promise.resolve({ outcome: 'finished' }) }),
        };
        return given;
      },
    };
    const opening = sharing(relaying).open(asking('a'), never);
    (await engine.call(1)).speak(sound(10));
    expect(await opening).toBe(given);
  });

  test('stays alone: the next one has a synthesis of its own', async () => {
    const engine = createFakeEngine();
    const policy = sharing(engine);
    const opening = policy.open(asking('a'), never);
    (await engine.call(1)).speak(sound(10), endless);
    const first = await opening;
    const second = policy.open(asking('a'), never);
    (await engine.call(2)).speak(sound(10));
    expect((await readAll(await second)).length).toBe(20);
    await first.body.cancel();
  });

  test('ends its source when its signal aborts in mid-stream', async () => {
    const engine = createFakeEngine();
    const leaving = new AbortController();
    const opening = sharing(engine).open(asking('a'), leaving.signal);
    const call = await engine.call(1);
    call.speak(sound(10), endless);
    await opening;
    expect(call.signal.aborted).toBe(false);
    leaving.abort();
    expect(call.signal.aborted).toBe(true);
  });

  test('is still joined in mid-stream when its speech is about to be kept', async () => {
    const engine = createFakeEngine();
    const policy = sharingAndKeeping(engine);
    const opening = policy.open(asking('a'), never);
    (await engine.call(1)).speak(sound(10), sound(20));
    const reader = (await opening).body.getReader();
    await reader.read();
    const late = await policy.open(asking('a'), never);
    expect(late.cache).toEqual({ state: 'coalesced' });
    expect((await readAll(late)).length).toBe(60);
    expect(engine.calls).toHaveLength(1);
    await reader.cancel();
  });
});

describe('nobody joins', () => {
  test('a speech that is over, broken or left: each is made anew', async () => {
    const engine = createFakeEngine();
    const policy = sharing(engine);
    for (const round of [1, 2, 3]) {
      const opened = openMany(policy, 2);
      (await engine.call(round)).speak(sound(10));
      for (const stream of await Promise.all(opened)) await readAll(stream);
    }
    expect(engine.calls).toHaveLength(3);
  });

  test('another speech, or one that shares with nobody', async () => {
    const engine = createFakeEngine();
    const policy = share(
      { key: async ({ text }) => (text === 'own' ? undefined : text) },
      { clock: realClock },
    )(engine);
    const texts = ['a', 'b', 'own', 'own'];
    const opened = texts.map((text) => policy.open(asking(text), never));
    (await engine.call(4)).speak(sound(10));
    for (const call of engine.calls) call.speak(sound(10));
    await Promise.all((await Promise.all(opened)).map(readAll));
  });
});
