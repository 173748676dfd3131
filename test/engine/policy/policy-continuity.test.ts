import { describe, expect, test } from 'vitest';
import { wavHeader } from '../../../src/audio/wav.ts';
import { joinBytes } from '../../../src/core/bytes.ts';
import type { Engine, PcmStream } from '../../../src/core/engine.ts';
import { SpeechFailure } from '../../../src/core/errors.ts';
import type { SpeechRequest } from '../../../src/core/request.ts';
import { continuity } from '../../../src/engine/policy/continuity.ts';
import { share } from '../../../src/engine/policy/share.ts';
import { ClientGone } from '../../../src/stream/cancel.ts';
import { createFakeClock } from '../../stream/fake-clock.ts';
import {
  asking,
  broken,
  createFakeEngine,
  endless,
  type FakeEngine,
  RATE,
  readAll,
  settle,
  sound,
  trimmed,
} from './policy-engine.ts';

const never = new AbortController().signal;

/** Opens the first part of a text, which speaks `chunks`. */
async function openFirst(
  policy: Engine,
  engine: FakeEngine,
  utteranceId: object,
  chunks: Uint8Array[],
): Promise<PcmStream> {
  const opening = policy.open(asking('One.', { utteranceId }), never);
  (await engine.call(1)).speak(...chunks);
  return opening;
}

function wavOf(pcm: Uint8Array): Uint8Array {
  const speech = trimmed(pcm);
  return joinBytes([wavHeader({ rate: RATE, channels: 1, dataBytes: speech.length }), speech]);
}

describe('a text without a voice', () => {
  test('has its first part as the reference of the others', async () => {
    const engine = createFakeEngine();
    const policy = continuity()(engine);
    const utteranceId = {};
    const first = await openFirst(policy, engine, utteranceId, [sound(900, 0), sound(800), sound(400)]);
    void policy.open(asking('Two.', { utteranceId }), never);
    void policy.open(asking('Three.', { utteranceId }), never);
    const { request } = await engine.call(3);
    const audio = wavOf(joinBytes([sound(900, 0), sound(800), sound(400)]));
    expect(engine.calls[0]?.request.references).toEqual([]);
    expect(engine.calls[1]?.request.references).toEqual([{ audio, text: 'One.' }]);
    expect(request.references).toEqual([{ audio, text: 'One.' }]);
    expect((await readAll(first)).length).toBe(2 * (900 + 800 + 400));
  });

  test.each(['alloy', 'default', ''])('also when it is called "%s"', async (voice) => {
    const engine = createFakeEngine();
    const policy = continuity()(engine);
    const utteranceId = {};
    const opening = policy.open(asking('One.', { utteranceId, voice }), never);
    (await engine.call(1)).speak(sound(100));
    await opening;
    void policy.open(asking('Two.', { utteranceId, voice }), never);
    expect((await engine.call(2)).request.references).toHaveLength(1);
  });

  test('asks for the second part when the first is complete at the source, however slowly it is heard', async () => {
    const engine = createFakeEngine();
    const policy = continuity()(engine);
    const utteranceId = {};
    const opening = policy.open(asking('One.', { utteranceId }), never);
    let finish = (): void => {};
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(sound(100));
        finish = () => controller.close();
      },
    });
    engine.calls[0]?.speakBody(body);
    await opening;
    void policy.open(asking('Two.', { utteranceId }), never);
    await settle();
    expect(engine.calls).toHaveLength(1);
    finish();
    await engine.call(2);
  });

  test.each([
    ['broke off', [sound(100), broken]],
    ['takes longer than a sample may', [sound(16 * RATE)]],
    ['made no sound at all', []],
  ])('whose first part %s goes on with the seed alone', async (_, chunks) => {
    const engine = createFakeEngine();
    const policy = continuity()(engine);
    const utteranceId = {};
    await openFirst(policy, engine, utteranceId, chunks);
    void policy.open(asking('Two.', { utteranceId }), never);
    const { request } = await engine.call(2);
    expect(request.references).toEqual([]);
    expect(request.ownSeed).toBe(engine.calls[0]?.request.ownSeed);
  });

  test('whose first part failed takes the next one for the first', async () => {
    const engine = createFakeEngine();
    const policy = continuity()(engine);
    const utteranceId = {};
    const failing = policy.open(asking('One.', { utteranceId }), never);
    (await engine.call(1)).fail(new SpeechFailure({ code: 'origin_unavailable' }));
    await expect(failing).rejects.toThrow();
    const second = policy.open(asking('Two.', { utteranceId }), never);
    (await engine.call(2)).speak(sound(100));
    await second;
    void policy.open(asking('Three.', { utteranceId }), never);
    expect((await engine.call(3)).request.references).toMatchObject([{ text: 'Two.' }]);
  });

  test('takes no sample of speech that the engine made faster', async () => {
    const engine = createFakeEngine();
    const faster: Engine = {
      ...engine,
      open: async (request, signal) => ({
        ...(await engine.open(request, signal)),
        prosody: { speed: 2, volumeDb: 0 },
      }),
    };
    const policy = continuity()(faster);
    const utteranceId = {};
    await openFirst(policy, engine, utteranceId, [sound(100)]);
    void policy.open(asking('Two.', { utteranceId, speed: 2 }), never);
    expect((await engine.call(2)).request.references).toEqual([]);
  });

  test('stops its first part when the client leaves, sample or not', async () => {
    const engine = createFakeEngine();
    const first = await openFirst(continuity()(engine), engine, {}, [sound(100), endless]);
    const reader = first.body.getReader();
    await reader.read();
    await reader.cancel();
    await settle();
    expect(engine.calls[0]?.cancelled).toBe(true);
  });

  test('lets a part go that waits for the sample when its client leaves', async () => {
    const engine = createFakeEngine();
    const policy = continuity()(engine);
    const utteranceId = {};
    await openFirst(policy, engine, utteranceId, [sound(100), endless]);
    const leaving = new AbortController();
    const second = policy.open(asking('Two.', { utteranceId }), leaving.signal);
    leaving.abort();
    await expect(second).rejects.toBeInstanceOf(ClientGone);
    expect(engine.calls).toHaveLength(1);
  });
});

describe('texts that begin together without a voice', () => {
  /** Each asks for the first part of a text of its own, in the same words. */
  function openTogether(policy: Engine, utteranceIds: readonly object[]): Promise<PcmStream[]> {
    return Promise.all(
      utteranceIds.map((utteranceId) => policy.open(asking('One.', { utteranceId }), never)),
    );
  }

  test('have one reference, made once, however slowly each is heard', async () => {
    const engine = createFakeEngine();
    const asked: SpeechRequest[] = [];
    const key = async (request: SpeechRequest): Promise<string> => {
      asked.push(request);
      return request.text;
    };
    const policy = continuity()(share({ key }, { clock: createFakeClock() })(engine));
    const utteranceIds = [{}, {}, {}];
    const opening = openTogether(policy, utteranceIds);
    const pcm = [sound(900, 0), sound(800), sound(400)];
    (await engine.call(1)).speak(...pcm);
    const streams = await opening;
    for (const utteranceId of utteranceIds) void policy.open(asking('Two.', { utteranceId }), never);
    await engine.call(2);
    await expect.poll(() => asked.length).toBe(6);
    const [reference, ...others] = asked.slice(3).flatMap(({ references }) => references);
    expect(reference).toEqual({ audio: wavOf(joinBytes(pcm)), text: 'One.' });
    expect(others).toHaveLength(2);
    for (const other of others) expect(other).toBe(reference);
    for (const stream of streams) expect(await readAll(stream)).toEqual(joinBytes(pcm));
  });

  test('have their reference whoever of them leaves', async () => {
    const engine = createFakeEngine();
    const policy = continuity()(
      share({ key: async ({ text }) => text }, { clock: createFakeClock() })(engine),
    );
    const utteranceIds = [{}, {}];
    const opening = openTogether(policy, utteranceIds);
    let finish = (): void => {};
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(sound(100));
        finish = () => controller.close();
      },
    });
    (await engine.call(1)).speakBody(body);
    const [first] = await opening;
    await first?.body.cancel();
    void policy.open(asking('Two.', { utteranceId: utteranceIds[1] }), never);
    finish();
    expect((await engine.call(2)).request.references).toMatchObject([{ text: 'One.' }]);
  });

  test('stop when all have left', async () => {
    const engine = createFakeEngine();
    const policy = continuity()(
      share({ key: async ({ text }) => text }, { clock: createFakeClock() })(engine),
    );
    const opening = openTogether(policy, [{}, {}]);
    (await engine.call(1)).speak(sound(100), endless);
    for (const { body } of await opening) await body.cancel();
    await expect.poll(() => engine.calls[0]?.cancelled).toBe(true);
  });

  test('go on with the seed alone where the first part broke off', async () => {
    const engine = createFakeEngine();
    const policy = continuity()(
      share({ key: async ({ text }) => text }, { clock: createFakeClock() })(engine),
    );
    const utteranceIds = [{}, {}];
    const opening = openTogether(policy, utteranceIds);
    (await engine.call(1)).speak(sound(100), broken);
    await opening;
    void policy.open(asking('Two.', { utteranceId: utteranceIds[0] }), never);
    expect((await engine.call(2)).request.references).toEqual([]);
  });

  test('have it also where one came late, when the first part was spoken', async () => {
    const engine = createFakeEngine();
    const keyed = share({ key: async ({ text }) => text }, { clock: createFakeClock() })(engine);
    const alone = [keyed.open(asking('One.'), never), keyed.open(asking('One.'), never)]; // nobody asks for all of it
    (await engine.call(1)).speak(sound(100));
    const [heard, unheard] = await Promise.all(alone);
    if (heard) await readAll(heard);
    const policy = continuity()(keyed);
    const [utteranceId] = [{}];
    await openTogether(policy, [utteranceId]);
    void policy.open(asking('Two.', { utteranceId }), never);
    expect((await engine.call(2)).request.references).toMatchObject([{ text: 'One.' }]);
    await unheard?.body.cancel();
  });
});

describe('the seed', () => {
  test('is one for all parts of a text, another for the next text, and never the client’s', async () => {
    const engine = createFakeEngine();
    const policy = continuity()(engine);
    const [one, other] = [{}, {}];
    for (const utteranceId of [one, one, other])
      void policy.open(asking('a', { utteranceId, voice: 'v' }), never);
    await engine.call(3);
    const seeds = engine.calls.map(({ request }) => request.ownSeed);
    expect(seeds[0]).toBe(seeds[1]);
    expect(seeds[0]).not.toBe(seeds[2]);
    for (const seed of seeds) expect(seed).toBeGreaterThan(0);
    void policy.open(asking('a', { utteranceId: one, voice: 'v', seed: 7 }), never);
    expect((await engine.call(4)).request).toMatchObject({ seed: 7 });
    expect(engine.calls[3]?.request.ownSeed).toBeUndefined();
  });
});

describe('left alone', () => {
  test.each([
    ['a named voice', { utteranceId: {}, voice: 'anna' }],
    ['references of the client', { utteranceId: {}, references: [{ audio: sound(1), text: 'x' }] }],
  ])('is %s, which every part carries', async (_, more) => {
    const engine = createFakeEngine();
    const policy = continuity()(engine);
    for (const text of ['One.', 'Two.']) void policy.open(asking(text, more), never);
    await engine.call(2);
    expect(engine.calls[1]?.request).toMatchObject({ ...more, text: 'Two.' });
  });

  test('is a text in one piece, to the very object', async () => {
    const engine = createFakeEngine();
    const request = asking('Only one.');
    void continuity()(engine).open(request, never);
    expect((await engine.call(1)).request).toBe(request);
  });
});
